using System.Globalization;
using System.Text.RegularExpressions;

namespace Jobtree.Silo.Demo;

/// <summary>A page of Prometheus' text format, as far as a summary needs it.</summary>
internal sealed partial class MetricsPage
{
    private readonly ILookup<string, MetricSample> samples;

    private MetricsPage(IEnumerable<MetricSample> samples) => this.samples = samples.ToLookup(sample => sample.Name);

    /// <summary>Reads a page; lines that are no samples are passed over.</summary>
    public static MetricsPage Read(string text) => new(
        text.Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(Sample).OfType<MetricSample>());

    /// <summary>All samples of this name.</summary>
    public IEnumerable<MetricSample> Samples(string name) => samples[name];

    /// <summary>
    /// A quantile of a histogram over all its label sets, interpolated as Prometheus does; absent: nothing was
    /// observed.
    /// </summary>
    public double? Quantile(string name, double quantile)
    {
        var buckets = samples[$"{name}_bucket"]
            .GroupBy(static sample => Bound(sample.Labels["le"]), static sample => sample.Value)
            .Select(static group => (Bound: group.Key, Count: group.Sum())).OrderBy(static bucket => bucket.Bound)
            .ToList();
        if (buckets.Count < 2 || buckets[^1].Count == 0)
            return null;
        var rank = quantile * buckets[^1].Count;
        var index = buckets.FindIndex(bucket => bucket.Count >= rank);
        if (index == buckets.Count - 1)
            return buckets[^2].Bound;
        var (from, below) = index == 0 ? (0, 0) : buckets[index - 1];
        return from + ((buckets[index].Bound - from) * (rank - below) / (buckets[index].Count - below));
    }

    private static double Bound(string le) =>
        le == "+Inf" ? double.PositiveInfinity : double.Parse(le, CultureInfo.InvariantCulture);

    private static MetricSample? Sample(string line)
    {
        var match = SampleForm().Match(line);
        if (!double.TryParse(match.Groups["value"].Value, CultureInfo.InvariantCulture, out var value))
            return null;
        var labels = LabelForm().Matches(match.Groups["labels"].Value)
            .ToDictionary(static label => label.Groups["name"].Value, static label => label.Groups["value"].Value);
        return new MetricSample(match.Groups["name"].Value, labels, value);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][\w:]*)(\{(?<labels>.*)\})? (?<value>\S+)""")]
    private static partial Regex SampleForm();

    [GeneratedRegex(@"(?<name>\w+)=""(?<value>(?:[^""\\]|\\.)*)""")]
    private static partial Regex LabelForm();
}

/// <summary>A sample of a page.</summary>
/// <param name="Name">The series' name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">Its value.</param>
internal sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

using System.Globalization;
using System.Text.RegularExpressions;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>One line of a metrics page with a value.</summary>
internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>A metrics page in Prometheus' text format, read as strictly as the format says.</summary>
internal sealed partial class Exposition
{
    private static readonly string[] HistogramSuffixes = ["_bucket", "_sum", "_count"];

    private readonly Dictionary<string, string> types = [];
    private readonly List<Sample> samples = [];

    private Exposition()
    {
    }

    /// <summary>The type of each metric by name.</summary>
    public IReadOnlyDictionary<string, string> Types => types;

    /// <summary>Its samples in order.</summary>
    public IReadOnlyList<Sample> Samples => samples;

    /// <summary>The samples of one metric; of a histogram all three kinds.</summary>
    public IEnumerable<Sample> Of(string metric) => samples.Where(sample => Metric(sample.Name) == metric);

    /// <summary>Reads a page; a line that is not one, or a sample that is there twice, fails the test.</summary>
    public static Exposition Read(string text)
    {
        var page = new Exposition();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text[..^1].Split('\n'))
            page.Read(line, page.types);
        var doubled = page.samples.GroupBy(Identity).FirstOrDefault(same => same.Count() > 1);
        Assert.True(doubled is null, $"There twice: {doubled?.Key}");
        foreach (var series in page.samples.Where(sample => sample.Name.EndsWith("_bucket", StringComparison.Ordinal))
            .GroupBy(bucket => Identity(bucket with { Labels = Without(bucket.Labels, "le") })))
            page.CheckHistogram([.. series]);
        return page;
    }

    private void Read(string line, Dictionary<string, string> types)
    {
        if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
        {
            var words = line.Split(' ');
            Assert.True(types.TryAdd(words[2], words[3]), $"The type of {words[2]} is told twice.");
        }
        else if (!line.StartsWith('#'))
        {
            var match = SampleLine().Match(line);
            Assert.True(match.Success, $"Not a sample: {line}");
            var labels = match.Groups["label"].Captures.Zip(match.Groups["value"].Captures).ToDictionary(
                pair => pair.First.Value, pair => pair.Second.Value);
            samples.Add(new Sample(match.Groups["name"].Value, labels, Number(match.Groups["number"].Value)));
            Assert.True(types.ContainsKey(Metric(samples[^1].Name)), $"Has no type: {line}");
        }
    }

    private void CheckHistogram(IReadOnlyList<Sample> buckets)
    {
        Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
        var bounds = buckets.Select(bucket => Number(bucket.Labels["le"])).ToList();
        Assert.Equal(bounds.Order(), bounds);
        Assert.Equal(double.PositiveInfinity, bounds[^1]);
        var count = buckets[0] with { Name = $"{Metric(buckets[0].Name)}_count",
            Labels = Without(buckets[0].Labels, "le") };
        Assert.Equal(buckets[^1].Value, samples.Single(sample => Identity(sample) == Identity(count)).Value);
    }

    private string Metric(string sample)
    {
        foreach (var suffix in HistogramSuffixes.Where(suffix => sample.EndsWith(suffix, StringComparison.Ordinal)))
        {
            if (types.TryGetValue(sample[..^suffix.Length], out var type) && type == "histogram")
                return sample[..^suffix.Length];
        }

        return sample;
    }

    private static string Identity(Sample sample) =>
        $"{sample.Name}{{{string.Join(',', sample.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"{label.Key}={label.Value}"))}}}";

    private static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> labels, string name) =>
        labels.Where(label => label.Key != name).ToDictionary();

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private const string LabelPattern = """(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(\\[\\n"]|[^"\\\n])*)",?""";

    [GeneratedRegex(
        $$"""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{({{LabelPattern}})*\})? (?<number>\S+)$""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex SampleLine();
}

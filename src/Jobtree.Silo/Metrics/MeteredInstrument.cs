using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Jobtree.Silo.Metrics;

/// <summary>The series of one instrument of a library.</summary>
internal sealed class MeteredInstrument
{
    private const int SeriesMax = 500;

    // Milliseconds and bytes both: what Orleans measures in histograms.
    private static readonly double[] Bounds = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000];

    private readonly ConcurrentDictionary<TagSet, MeteredSeries> series = new();
    private readonly bool isCounter;
    private readonly bool isHistogram;
    private readonly bool addsUp;
    private readonly string help;

    public MeteredInstrument(Instrument instrument)
    {
        var kind = instrument.GetType().IsGenericType ? instrument.GetType().GetGenericTypeDefinition()
            : instrument.GetType();
        isCounter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        isHistogram = kind == typeof(Histogram<>);
        addsUp = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        Name = SeriesName.Of(instrument, isCounter);
        help = instrument.Description is { Length: > 0 } text ? text.ReplaceLineEndings(" ")
            : $"{instrument.Name} of the meter {instrument.Meter.Name}.";
    }

    /// <summary>The name on the page.</summary>
    public string Name { get; }

    public IEnumerable<(TagSet Tags, double Value)> Values => series.Select(pair => (pair.Key, pair.Value.Value));

    public void Measure(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new TagSet(tags);
        if (!series.TryGetValue(key, out var found))
        {
            if (series.Count >= SeriesMax)
                return;
            found = series.GetOrAdd(
                key, static (_, buckets) => new MeteredSeries(buckets), isHistogram ? Bounds.Length + 1 : 0);
        }

        if (isHistogram)
            found.Observe(Bucket(measurement), measurement);
        else if (addsUp)
            found.Add(measurement);
        else
            found.Set(measurement);
    }

    public void Write(TextWriter to)
    {
        if (series.IsEmpty)
            return;
        to.Write(
            $"# HELP {Name} {help.Replace("\\", "\\\\", StringComparison.Ordinal)}\n# TYPE {Name} {(isHistogram ? "histogram" : isCounter ? "counter" : "gauge")}\n");
        foreach (var (labels, one) in series.Select(pair => (Labels: pair.Key.Labels(), pair.Value))
            .OrderBy(pair => pair.Labels, StringComparer.Ordinal))
        {
            if (isHistogram)
                WriteHistogram(to, labels, one);
            else
                to.Write($"{Name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {Number(one.Value)}\n");
        }
    }

    private void WriteHistogram(TextWriter to, string labels, MeteredSeries one)
    {
        var comma = labels.Length > 0 ? "," : "";
        var cumulative = 0L;
        for (var i = 0; i <= Bounds.Length; i++)
        {
            cumulative += one.Count(i);
            to.Write(
                $"{Name}_bucket{{{labels}{comma}le=\"{(i < Bounds.Length ? Number(Bounds[i]) : "+Inf")}\"}} {cumulative.ToString(CultureInfo.InvariantCulture)}\n");
        }

        var braced = labels.Length > 0 ? $"{{{labels}}}" : "";
        to.Write(
            $"{Name}_sum{braced} {Number(one.Value)}\n{Name}_count{braced} {cumulative.ToString(CultureInfo.InvariantCulture)}\n");
    }

    private static int Bucket(double measurement)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && measurement > Bounds[bucket])
            bucket++;
        return bucket;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Jobtree.Telemetry;

/// <summary>Writes metrics in Prometheus' text exposition format, version 0.0.4.</summary>
public static class PrometheusText
{
    /// <summary>The media type of what is written.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes every instrument of the catalogue that has a value.</summary>
    /// <param name="to">Where to; lines end with a line feed whatever the writer's own line end.</param>
    /// <param name="registry">What is counted as it happens.</param>
    /// <param name="scrape">What was read for this exposition.</param>
    public static void Write(TextWriter to, MetricRegistry registry, Scrape scrape)
    {
        foreach (var instrument in Catalogue.All)
        {
            if (instrument.Type == InstrumentType.Histogram)
                WriteHistogram(to, instrument, Histograms(instrument, registry, scrape));
            else
                WriteValues(to, instrument, Values(instrument, registry, scrape));
        }
    }

    private static IEnumerable<KeyValuePair<LabelValues, double>> Values(
        Instrument instrument, MetricRegistry registry, Scrape scrape)
    {
        var read = scrape.Of(instrument);
        var counted = instrument.Type == InstrumentType.Counter
            ? registry.Counter(instrument).Series.InOrder().Select(
                pair => KeyValuePair.Create(pair.Key, (double)pair.Value.Value))
            : registry.Gauge(instrument).Series.InOrder().Select(
                pair => KeyValuePair.Create(pair.Key, pair.Value.Value));
        // A label set has one sample only: what was read now wins over what was counted.
        return counted.Where(pair => !read.ContainsKey(pair.Key)).Concat(read);
    }

    private static void WriteValues(
        TextWriter to, Instrument instrument, IEnumerable<KeyValuePair<LabelValues, double>> values)
    {
        var headed = false;
        foreach (var (labels, value) in values)
        {
            if (!headed)
                WriteHead(to, instrument);
            headed = true;
            WriteSample(to, instrument, "", labels, null, value);
        }
    }

    private static IEnumerable<KeyValuePair<LabelValues, ReadHistogram>> Histograms(
        Instrument instrument, MetricRegistry registry, Scrape scrape)
    {
        var read = scrape.HistogramsOf(instrument);
        return registry.Histogram(instrument).Series.InOrder()
            .Where(pair => !read.ContainsKey(pair.Key))
            .Select(pair => KeyValuePair.Create(pair.Key, new ReadHistogram(pair.Value.Counts(), pair.Value.Sum)))
            .Concat(read);
    }

    private static void WriteHistogram(
        TextWriter to, Instrument instrument, IEnumerable<KeyValuePair<LabelValues, ReadHistogram>> set)
    {
        var headed = false;
        foreach (var (labels, series) in set)
        {
            if (!headed)
                WriteHead(to, instrument);
            headed = true;
            var cumulative = 0L;
            for (var i = 0; i < series.Counts.Count; i++)
            {
                cumulative += series.Counts[i];
                WriteSample(to, instrument, "_bucket", labels, i < instrument.Buckets.Count
                    ? Number(instrument.Buckets[i]) : "+Inf", cumulative);
            }

            WriteSample(to, instrument, "_sum", labels, null, series.Sum);
            WriteSample(to, instrument, "_count", labels, null, cumulative);
        }
    }

    private static void WriteHead(TextWriter to, Instrument instrument)
    {
        to.Write($"# HELP {instrument.Name} {EscapeHelp(instrument.Help)}\n");
        to.Write($"# TYPE {instrument.Name} {TypeName(instrument.Type)}\n");
    }

    private static void WriteSample(
        TextWriter to, Instrument instrument, string suffix, LabelValues labels, string? bound, double value)
    {
        to.Write(instrument.Name);
        to.Write(suffix);
        var separator = '{';
        for (var i = 0; i < instrument.Labels.Count; i++)
        {
            to.Write($"{separator}{instrument.Labels[i]}=\"{EscapeLabel(labels[i])}\"");
            separator = ',';
        }

        if (bound is not null)
        {
            to.Write($"{separator}le=\"{bound}\"");
            separator = ',';
        }

        to.Write(separator == ',' ? "} " : " ");
        to.Write(Number(value));
        to.Write('\n');
    }

    private static string TypeName(InstrumentType type) => type switch
    {
        InstrumentType.Counter => "counter",
        InstrumentType.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) =>
        text.AsSpan().IndexOfAny('\\', '"', '\n') < 0 ? text : EscapeHelp(text).Replace(
            "\"", "\\\"", StringComparison.Ordinal);
}

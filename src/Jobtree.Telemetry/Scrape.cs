namespace Jobtree.Telemetry;

/// <summary>The samples that sources give at one scrape.</summary>
/// <param name="registry">Counts what is left out.</param>
/// <param name="samplesMax">The most samples of one instrument.</param>
public sealed class Scrape(MetricRegistry registry, int samplesMax = Scrape.SamplesMaxDefault)
{
    /// <summary>The most samples of one instrument, unless told otherwise.</summary>
    public const int SamplesMaxDefault = 50_000;

    private readonly Dictionary<Instrument, Dictionary<LabelValues, double>> samples = new(
        ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Instrument, Dictionary<LabelValues, ReadHistogram>> histograms = new(
        ReferenceEqualityComparer.Instance);

    /// <summary>Sets one counter's or gauge's value; the last one set counts.</summary>
    /// <param name="instrument">Which, of the catalogue.</param>
    /// <param name="value">Its value.</param>
    /// <param name="labels">The values of its labels in order.</param>
    public void Set(Instrument instrument, double value, params ReadOnlySpan<string> labels)
    {
        if (instrument.Type == InstrumentType.Histogram)
            throw new ArgumentException(
                $"{instrument.Name} is a histogram; it has counts and a sum.", nameof(instrument));
        Keep(samples, instrument, value, labels);
    }

    /// <summary>Sets the observations of one histogram; the last ones set count.</summary>
    /// <param name="instrument">Which, of the catalogue.</param>
    /// <param name="counts">Observations per bucket, each on its own, the one without an upper bound last.</param>
    /// <param name="sum">Their sum.</param>
    /// <param name="labels">The values of its labels in order.</param>
    public void Set(Instrument instrument, IReadOnlyList<long> counts, double sum, params ReadOnlySpan<string> labels)
    {
        if (instrument.Type != InstrumentType.Histogram || counts.Count != instrument.Buckets.Count + 1)
            throw new ArgumentException(
                $"{counts.Count} counts are not those of {instrument.Name}, which has {instrument.Buckets.Count} bounds.", nameof(counts));
        Keep(histograms, instrument, new ReadHistogram(counts, sum), labels);
    }

    internal IReadOnlyDictionary<LabelValues, double> Of(Instrument instrument) =>
        samples.TryGetValue(instrument, out var series) ? series : Nothing;

    internal IReadOnlyDictionary<LabelValues, ReadHistogram> HistogramsOf(Instrument instrument) =>
        histograms.TryGetValue(instrument, out var series) ? series : NoHistograms;

    private void Keep<T>(Dictionary<Instrument, Dictionary<LabelValues, T>> kept, Instrument instrument, T value,
        ReadOnlySpan<string> labels)
    {
        if (!kept.TryGetValue(instrument, out var series))
            kept.Add(instrument, series = []);
        var key = LabelValues.Of(instrument, labels);
        if (series.Count >= samplesMax && !series.ContainsKey(key))
            registry.Drop(instrument);
        else
            series[key] = value;
    }

    private static readonly Dictionary<LabelValues, double> Nothing = [];
    private static readonly Dictionary<LabelValues, ReadHistogram> NoHistograms = [];
}

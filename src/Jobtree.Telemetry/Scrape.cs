namespace Jobtree.Telemetry;

/// <summary>The samples that sources give at one scrape.</summary>
/// <param name="registry">Counts what is left out.</param>
/// <param name="samplesMax">The most samples of one instrument.</param>
public sealed class Scrape(MetricRegistry registry, int samplesMax = Scrape.SamplesMaxDefault)
{
    /// <summary>The most samples of one instrument, unless told otherwise.</summary>
    public const int SamplesMaxDefault = 50_000;

    private readonly Dictionary<Instrument, Dictionary<LabelValues, double>> samples = new(ReferenceEqualityComparer.Instance);

    /// <summary>Sets one counter's or gauge's value; the last one set counts.</summary>
    /// <param name="instrument">Which, of the catalogue.</param>
    /// <param name="value">Its value.</param>
    /// <param name="labels">The values of its labels in order.</param>
    public void Set(Instrument instrument, double value, params ReadOnlySpan<string> labels)
    {
        if (instrument.Type == InstrumentType.Histogram)
            throw new ArgumentException($"{instrument.Name} is a histogram; it is counted as things happen.", nameof(instrument));
        if (!samples.TryGetValue(instrument, out var series))
            samples.Add(instrument, series = []);
        var key = LabelValues.Of(instrument, labels);
        if (series.Count >= samplesMax && !series.ContainsKey(key))
            registry.Drop(instrument);
        else
            series[key] = value;
    }

    internal IReadOnlyDictionary<LabelValues, double> Of(Instrument instrument) =>
        samples.TryGetValue(instrument, out var series) ? series : Nothing;

    private static readonly Dictionary<LabelValues, double> Nothing = [];
}

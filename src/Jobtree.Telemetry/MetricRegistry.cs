using System.Collections.Frozen;

namespace Jobtree.Telemetry;

/// <summary>
/// The live values of one process: every instrument of the catalogue that is counted as things happen.
/// </summary>
public sealed class MetricRegistry
{
    /// <summary>The most label sets of one instrument, unless told otherwise.</summary>
    public const int SeriesMaxDefault = 2000;

    private readonly FrozenDictionary<Instrument, Counter> counters;
    private readonly FrozenDictionary<Instrument, Gauge> gauges;
    private readonly FrozenDictionary<Instrument, Histogram> histograms;
    private readonly Counter dropped;

    /// <summary>Creates the instruments of the catalogue, without series yet.</summary>
    /// <param name="seriesMax">The most label sets of one instrument.</param>
    public MetricRegistry(int seriesMax = SeriesMaxDefault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seriesMax, 1);
        // The count of drops has one series per instrument at most and so cannot itself be dropped.
        dropped = new Counter(new SeriesSet<CounterSeries>(
            Catalogue.SeriesDropped, Catalogue.All.Count + 1, static () => new CounterSeries(), static _ => { }));
        counters = Of(InstrumentType.Counter)
            .Where(instrument => instrument != Catalogue.SeriesDropped)
            .Select(instrument => (instrument, new Counter(
                new SeriesSet<CounterSeries>(instrument, seriesMax, static () => new CounterSeries(), Drop))))
            .Append((Catalogue.SeriesDropped, dropped))
            .ToFrozenDictionary(pair => pair.Item1, pair => pair.Item2);
        gauges = Of(InstrumentType.Gauge)
            .ToFrozenDictionary(instrument => instrument, instrument =>
                new Gauge(new SeriesSet<GaugeSeries>(instrument, seriesMax, static () => new GaugeSeries(), Drop)));
        histograms = Of(InstrumentType.Histogram)
            .ToFrozenDictionary(
                instrument => instrument,
                instrument => new Histogram(new SeriesSet<HistogramSeries>(
                    instrument, seriesMax, () => new HistogramSeries(instrument.Buckets), Drop)));
    }

    /// <summary>A counter of the catalogue.</summary>
    /// <param name="instrument">Which.</param>
    /// <exception cref="KeyNotFoundException">It is not a counter of the catalogue.</exception>
    public Counter Counter(Instrument instrument) => counters[instrument];

    /// <summary>A gauge of the catalogue.</summary>
    /// <param name="instrument">Which.</param>
    /// <exception cref="KeyNotFoundException">It is not a gauge of the catalogue.</exception>
    public Gauge Gauge(Instrument instrument) => gauges[instrument];

    /// <summary>A histogram of the catalogue.</summary>
    /// <param name="instrument">Which.</param>
    /// <exception cref="KeyNotFoundException">It is not a histogram of the catalogue.</exception>
    public Histogram Histogram(Instrument instrument) => histograms[instrument];

    internal void Drop(Instrument instrument) => dropped.With(instrument.Name).Add();

    private static IEnumerable<Instrument> Of(InstrumentType type) =>
        Catalogue.All.Where(instrument => instrument.Type == type);
}

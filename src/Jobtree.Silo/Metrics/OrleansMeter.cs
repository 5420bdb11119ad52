using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Orleans' own meter on this silo's metrics page. It listens from before the silo starts, since what goes up and down
/// is told in steps. Orleans tells request latency as counters of exclusive bands; they are counters here too, and no
/// histogram.
/// </summary>
internal sealed class OrleansMeter : IMetricsSection, IDisposable
{
    private const string MeterName = "Microsoft.Orleans";
    private const int InstrumentsMax = 500;

    private readonly ConcurrentDictionary<string, MeteredInstrument> instruments = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly Lock observing = new();

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">The meters of this host; another host's in the same process are not its own.</param>
    public OrleansMeter(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == MeterName && (instrument.Meter.Scope is null
                || instrument.Meter.Scope == meters) && instruments.Count < InstrumentsMax)
                listening.EnableMeasurementEvents(instrument, InstrumentOf(instrument));
        };
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Measure(state, value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Measure(state, value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Measure(state, value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Measure(state, value, tags));
        listener.Start();
    }

    /// <summary>The values of one instrument by its name on the page; empty: it told nothing.</summary>
    public IEnumerable<(TagSet Tags, double Value)> Values(string name) =>
        instruments.TryGetValue(name, out var instrument) ? instrument.Values : [];

    /// <inheritdoc/>
    public void Write(TextWriter to)
    {
        lock (observing)
            listener.RecordObservableInstruments();
        foreach (var instrument in instruments.Values.OrderBy(instrument => instrument.Name, StringComparer.Ordinal))
            instrument.Write(to);
    }

    public void Dispose() => listener.Dispose();

    private MeteredInstrument InstrumentOf(System.Diagnostics.Metrics.Instrument instrument)
    {
        var made = new MeteredInstrument(instrument);
        return instruments.GetOrAdd(made.Name, made);
    }

    private static void Measure(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MeteredInstrument)state!).Measure(value, tags);
}

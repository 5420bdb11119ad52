using System.Collections.Concurrent;

namespace Jobtree.Telemetry;

/// <summary>
/// The series of one instrument by label values. Beyond its bound, further label values share one series whose labels
/// all say <c>other</c>, so that hostile names cannot fill the memory.
/// </summary>
internal sealed class SeriesSet<T>(Instrument instrument, int seriesMax, Func<T> create, Action<Instrument> dropped)
    where T : class
{
    private readonly ConcurrentDictionary<LabelValues, T> series = new();
    private readonly LabelValues other = LabelValues.Other(instrument);
    private int count;

    public Instrument Instrument => instrument;

    public T Of(ReadOnlySpan<string> values)
    {
        var labels = LabelValues.Of(instrument, values);
        return series.TryGetValue(labels, out var found) ? found : Add(labels);
    }

    public IEnumerable<KeyValuePair<LabelValues, T>> InOrder() =>
        series.OrderBy(pair => pair.Key.First, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Second, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Third, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Fourth, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Fifth, StringComparer.Ordinal);

    private T Add(LabelValues labels)
    {
        if (Interlocked.Increment(ref count) <= seriesMax)
        {
            var created = create();
            var kept = series.GetOrAdd(labels, created);
            if (!ReferenceEquals(kept, created))
                Interlocked.Decrement(ref count);
            return kept;
        }

        Interlocked.Decrement(ref count);
        dropped(instrument);
        return series.GetOrAdd(other, static (_, make) => make(), create);
    }
}

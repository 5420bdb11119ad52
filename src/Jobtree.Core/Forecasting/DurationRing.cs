namespace Jobtree.Core.Forecasting;

/// <summary>The last durations seen, with quantiles.</summary>
internal sealed class DurationRing
{
    private readonly List<TimeSpan> ring = new(8);
    private TimeSpan[]? sorted;
    private int next;

    public int Count => ring.Count;

    /// <summary>How many were ever added: the least used ring has the fewest.</summary>
    public long Total { get; private set; }

    public void Add(TimeSpan duration)
    {
        Total++;
        sorted = null;
        if (ring.Count < DurationHistory.Depth)
        {
            ring.Add(duration);
            return;
        }
        ring[next] = duration;
        next = (next + 1) % DurationHistory.Depth;
    }

    public TimeSpan? Quantile(double quantile)
    {
        if (ring.Count == 0)
            return null;
        sorted ??= [.. ring.Order()];
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }

    public TimeSpan Mean() => new((long)ring.Average(duration => duration.Ticks));

    public IReadOnlyList<TimeSpan> Export() => [.. ring[next..], .. ring[..next]];
}

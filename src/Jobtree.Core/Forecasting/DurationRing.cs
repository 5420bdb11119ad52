namespace Jobtree.Core.Forecasting;

/// <summary>A ring of the most recent durations, with quantiles.</summary>
internal sealed class DurationRing
{
    private readonly List<TimeSpan> ring = new(8);
    private readonly List<TimeSpan> sorted = new(8);
    private long sumTicks;
    private int next;

    public int Count => ring.Count;

    /// <summary>How many durations were ever added; the least used ring has the fewest.</summary>
    public long Total { get; private set; }

    public void Add(TimeSpan duration)
    {
        Total++;
        sumTicks += duration.Ticks;
        if (ring.Count < DurationHistory.Depth)
        {
            ring.Add(duration);
        }
        else
        {
            sumTicks -= ring[next].Ticks;
            sorted.RemoveAt(sorted.BinarySearch(ring[next]));
            ring[next] = duration;
            next = (next + 1) % DurationHistory.Depth;
        }
        var at = sorted.BinarySearch(duration);
        sorted.Insert(at < 0 ? ~at : at, duration);
    }

    public TimeSpan? Quantile(double quantile)
    {
        if (sorted.Count == 0)
            return null;
        return sorted[(int)(quantile * (sorted.Count - 1))];
    }

    /// <summary>The median of those above a duration. Null if they are fewer than some number.</summary>
    public TimeSpan? MedianAbove(TimeSpan least, int fewest)
    {
        var at = sorted.BinarySearch(least);
        var first = at < 0 ? ~at : at;
        while (first < sorted.Count && sorted[first] == least)
            first++;
        var above = sorted.Count - first;
        return above < fewest ? null : sorted[first + ((above - 1) / 2)];
    }

    public TimeSpan Mean() => new((long)((double)sumTicks / ring.Count));

    /// <summary>The mean in ticks, drawn towards another estimate that weighs as much as some durations.</summary>
    public double MeanTicks(double prior, double weight) => (sumTicks + (weight * prior)) / (ring.Count + weight);

    public IReadOnlyList<TimeSpan> Export() => [.. ring[next..], .. ring[..next]];
}

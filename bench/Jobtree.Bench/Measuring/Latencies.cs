using System.Diagnostics;

namespace Jobtree.Bench.Measuring;

/// <summary>Latencies as they were measured, every one kept. For one thread at a time.</summary>
internal sealed class Latencies
{
    private readonly List<long> ticks = [];
    private bool sorted;

    public int Count => ticks.Count;

    /// <summary>Adds the time since a timestamp of <see cref="Stopwatch"/>.</summary>
    public void AddSince(long timestamp)
    {
        ticks.Add(Stopwatch.GetTimestamp() - timestamp);
        sorted = false;
    }

    public void AddAll(Latencies other)
    {
        ticks.AddRange(other.ticks);
        sorted = false;
    }

    public void Clear() => ticks.Clear();

    /// <summary>The latency in microseconds that a share of all were at most.</summary>
    public double At(double share)
    {
        if (ticks.Count == 0)
            return 0;
        if (!sorted)
            ticks.Sort();
        sorted = true;
        return ticks[Math.Clamp(
            (int)Math.Ceiling(share * ticks.Count) - 1, 0, ticks.Count - 1)] * 1e6 / Stopwatch.Frequency;
    }
}

namespace Jobtree.Telemetry;

/// <summary>Observations counted in buckets. Safe from any thread, without a lock.</summary>
public sealed class HistogramSeries
{
    private readonly double[] bounds;
    private readonly long[] counts;
    private double sum;

    internal HistogramSeries(IReadOnlyList<double> bounds)
    {
        this.bounds = [.. bounds];
        counts = new long[this.bounds.Length + 1];
    }

    /// <summary>The sum of what was observed.</summary>
    public double Sum => Volatile.Read(ref sum);

    /// <summary>How many observations there were.</summary>
    public long Count => Counts().Sum();

    /// <summary>Counts a duration, in seconds.</summary>
    /// <param name="duration">The duration.</param>
    public void Observe(TimeSpan duration) => Observe(duration.TotalSeconds);

    /// <summary>Counts an observation. One that is not a number has no bucket and is left out.</summary>
    /// <param name="value">What was observed, in the instrument's unit.</param>
    public void Observe(double value)
    {
        if (double.IsNaN(value))
            return;
        Interlocked.Increment(ref counts[Bucket(value)]);
        AtomicDouble.Add(ref sum, value);
    }

    /// <summary>Observations per bucket, each on its own, the one without an upper bound last.</summary>
    internal long[] Counts()
    {
        var copy = new long[counts.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Interlocked.Read(ref counts[i]);
        return copy;
    }

    private int Bucket(double value)
    {
        var index = Array.BinarySearch(bounds, value);
        return index >= 0 ? index : ~index;
    }
}

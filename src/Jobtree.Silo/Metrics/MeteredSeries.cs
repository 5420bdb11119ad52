namespace Jobtree.Silo.Metrics;

/// <summary>
/// One series of a library's instrument. Safe from any thread; a reader may see a histogram in the middle of an
/// observation.
/// </summary>
internal sealed class MeteredSeries(int buckets)
{
    private readonly long[] counts = new long[buckets];
    private double value;

    /// <summary>The value of a counter or gauge; the sum of a histogram.</summary>
    public double Value => Volatile.Read(ref value);

    public void Set(double to) => Volatile.Write(ref value, to);

    public void Add(double amount)
    {
        var seen = Volatile.Read(ref value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref value, seen + amount, seen);
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen))
                return;
            seen = before;
        }
    }

    public void Observe(int bucket, double amount)
    {
        Interlocked.Increment(ref counts[bucket]);
        Add(amount);
    }

    public long Count(int bucket) => Interlocked.Read(ref counts[bucket]);
}

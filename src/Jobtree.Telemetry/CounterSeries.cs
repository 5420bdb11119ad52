namespace Jobtree.Telemetry;

/// <summary>A count that only grows. Safe from any thread, without a lock.</summary>
public sealed class CounterSeries
{
    private long value;

    /// <summary>The count so far.</summary>
    public long Value => Interlocked.Read(ref value);

    /// <summary>Adds to the count.</summary>
    /// <param name="amount">How much; negative amounts are a broken promise.</param>
    public void Add(long amount = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Interlocked.Add(ref value, amount);
    }
}

namespace Jobtree.Telemetry;

/// <summary>
/// Tells whether a dependency is away. It opens after three failures in a row and closes only on an explicit success:
/// no time closes it, so it never shows a dependency as back that nobody has heard from. Thread-safe.
/// </summary>
/// <param name="dependency">The dependency in metrics, one word.</param>
public sealed class Breaker(string dependency)
{
    /// <summary>The number of failures in a row that open a breaker.</summary>
    public const int FailuresToOpen = 3;

    private int failures;
    private long openings;

    /// <summary>The dependency in metrics.</summary>
    public string Dependency => dependency;

    /// <summary>Whether the breaker is open.</summary>
    public bool IsOpen => Volatile.Read(ref failures) >= FailuresToOpen;

    /// <summary>How often the breaker has opened.</summary>
    public long Openings => Interlocked.Read(ref openings);

    /// <summary>A call failed.</summary>
    /// <returns>Whether this failure opened the breaker.</returns>
    public bool Fail()
    {
        int before, after;
        do
        {
            before = Volatile.Read(ref failures);
            after = Math.Min(before + 1, FailuresToOpen);
        }
        while (Interlocked.CompareExchange(ref failures, after, before) != before);
        return CountOpening(before, after);
    }

    /// <summary>A call failed in a way that no further call can mend: the breaker opens at once.</summary>
    /// <returns>Whether this failure opened the breaker.</returns>
    public bool Trip() => CountOpening(Interlocked.Exchange(ref failures, FailuresToOpen), FailuresToOpen);

    /// <summary>A call succeeded: the breaker closes. Nearly free while it is closed.</summary>
    /// <returns>Whether this success closed the breaker.</returns>
    public bool Succeed() =>
        Volatile.Read(ref failures) != 0 && Interlocked.Exchange(ref failures, 0) >= FailuresToOpen;

    private bool CountOpening(int before, int after)
    {
        if (before >= FailuresToOpen || after < FailuresToOpen)
            return false;
        Interlocked.Increment(ref openings);
        return true;
    }
}

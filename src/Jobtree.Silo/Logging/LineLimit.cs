namespace Jobtree.Silo.Logging;

/// <summary>How many lines may be logged in each second; the rest is counted by the caller. Thread-safe.</summary>
/// <param name="linesPerSecond">The limit.</param>
/// <param name="time">The clock.</param>
internal sealed class LineLimit(int linesPerSecond, TimeProvider time)
{
    private long second = -1;
    private int taken;

    /// <summary>Takes one line, if there is one left in this second.</summary>
    public bool Take()
    {
        var now = time.GetTimestamp() / time.TimestampFrequency;
        var before = Volatile.Read(ref second);
        if (before != now && Interlocked.CompareExchange(ref second, now, before) == before)
            Volatile.Write(ref taken, 0);
        return Volatile.Read(ref taken) < linesPerSecond && Interlocked.Increment(ref taken) <= linesPerSecond;
    }
}

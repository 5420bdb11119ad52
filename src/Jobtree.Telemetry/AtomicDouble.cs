namespace Jobtree.Telemetry;

/// <summary>Addition to a shared double without a lock.</summary>
internal static class AtomicDouble
{
    public static void Add(ref double location, double amount)
    {
        var seen = Volatile.Read(ref location);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref location, seen + amount, seen);
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen))
                return;
            seen = before;
        }
    }
}

using System.Collections.Concurrent;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>What was found to be broken. A bound keeps a flood of one kind readable.</summary>
internal sealed class Findings
{
    private const int KeptMax = 200;
    private readonly ConcurrentQueue<string> kept = new();
    private int count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>The first of them.</summary>
    public IEnumerable<string> All => kept;

    public void Add(string what)
    {
        if (Interlocked.Increment(ref count) <= KeptMax)
            kept.Enqueue(what);
    }
}

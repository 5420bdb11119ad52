using Jobtree.Core.Model;

namespace Jobtree.Bench.Grains;

/// <summary>The runs that are running, so that as many complete as start.</summary>
internal sealed class RunPool(int gpus, int seed)
{
    private readonly Lock gate = new();
    private readonly List<(RunKey Run, int Gpus)> running = [];
    private readonly Random random = new(seed);
    private int used;

    /// <summary>Whether the fleet is as full as it is to be.</summary>
    public bool IsFull => Volatile.Read(ref used) >= gpus;

    /// <summary>
    /// Counts with a run that is about to be submitted, so that those under way do not fill the fleet beyond what it is
    /// to be.
    /// </summary>
    public void Promise(int width) => Interlocked.Add(ref used, width);

    /// <summary>Counts no longer with a run that did not start.</summary>
    public void Withdraw(int width) => Interlocked.Add(ref used, -width);

    /// <summary>Enters a promised run that runs.</summary>
    public void Add(RunKey run, int width)
    {
        lock (gate)
            running.Add((run, width));
    }

    /// <summary>A run to complete; null: the fleet is not full.</summary>
    public RunKey? TakeSome()
    {
        lock (gate)
        {
            if (!IsFull || running.Count == 0)
                return null;
            var at = random.Next(running.Count);
            var (run, width) = running[at];
            running[at] = running[^1];
            running.RemoveAt(running.Count - 1);
            Interlocked.Add(ref used, -width);
            return run;
        }
    }
}

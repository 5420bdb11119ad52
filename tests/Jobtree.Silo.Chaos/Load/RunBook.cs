using System.Collections.Concurrent;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>All that was submitted, and what was answered.</summary>
internal sealed class RunBook
{
    private readonly ConcurrentDictionary<RunKey, SubmittedRun> runs = [];
    private long acknowledged;
    private long ended;

    public IEnumerable<SubmittedRun> Runs => runs.Values;

    public int Count => runs.Count;

    /// <summary>How many ends were acknowledged.</summary>
    public long Ended => Interlocked.Read(ref ended);

    /// <summary>How many were acknowledged and not ended.</summary>
    public long Open => Interlocked.Read(ref acknowledged) - Ended;

    public void Add(SubmittedRun run)
    {
        if (!runs.TryAdd(run.Key, run))
            throw new InvalidOperationException($"{run.Key} is submitted twice; names are used once here.");
    }

    public SubmittedRun? Find(RunKey run) => runs.GetValueOrDefault(run);

    public void Acknowledge(SubmittedRun run)
    {
        run.Standing = Standing.Acknowledged;
        Interlocked.Increment(ref acknowledged);
    }

    /// <summary>The store has lost something of a run: what it has left is what holds.</summary>
    /// <param name="run">The run.</param>
    /// <param name="left">What the store has; null: nothing.</param>
    public void Lose(SubmittedRun run, RunRecord? left)
    {
        run.Lose(left?.Hold is not null);
        var before = run.Standing;
        if (before == Standing.Ended && left is not { IsOver: true })
        {
            Interlocked.Decrement(ref ended);
            run.GiveBack();
        }
        if (before is not (Standing.Acknowledged or Standing.Ended))
            return;
        if (left is null)
            Interlocked.Decrement(ref acknowledged);
        run.Standing = left is null ? Standing.Lost : left.IsOver ? before : Standing.Acknowledged;
    }

    public void End(SubmittedRun run)
    {
        run.Standing = Standing.Ended;
        Interlocked.Increment(ref ended);
    }
}

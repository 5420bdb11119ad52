using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>
/// A long contest of owners for a few GPUs that nobody funds: each run is submitted at its time, states what its owner
/// makes of its duration, and ends when it has run for that. When runs started is told.
/// </summary>
internal sealed class Contest
{
    private readonly LedgerBench bench = new();
    private readonly PriorityQueue<Run, (DateTimeOffset, int)> coming = new();
    private readonly Dictionary<RunKey, Run> known = [];
    private readonly List<(RunKey Run, DateTimeOffset At)> starts = [];

    public Contest(int gpus) => bench.Nodes(1, gpus);

    public FlavorState State => bench.State;

    /// <summary>The starts, in order.</summary>
    public IReadOnlyList<(RunKey Run, DateTimeOffset At)> Starts => starts;

    /// <summary>How long each that started had waited.</summary>
    public Dictionary<RunKey, TimeSpan> Waits { get; } = [];

    public void Submit(Run run) => coming.Enqueue(run, (LedgerBench.Epoch + run.At, coming.Count));

    /// <summary>Plays until all have ended.</summary>
    public void Play()
    {
        var ends = new PriorityQueue<RunKey, (DateTimeOffset, RunKey)>();
        while (coming.Count > 0 || ends.Count > 0)
        {
            var isEnd = ends.TryPeek(out _, out var end)
                && (!coming.TryPeek(out _, out var next) || end.Item1 <= next.Item1);
            if (isEnd)
            {
                bench.Now = end.Item1;
                bench.Complete(ends.Dequeue());
            }
            else
            {
                var run = coming.Dequeue();
                bench.Now = LedgerBench.Epoch + run.At;
                known.Add(new RunKey("ns", run.Name), run);
                bench.Admit(run.Name, run.Owner, run.Gpus, demand => demand with { ExpectedDuration = run.Stated });
            }
            bench.Pass();
            foreach (var started in State.Running.Values.Where(run => run.StartedAt == bench.Now
                && known.ContainsKey(run.Demand.Run)).OrderBy(run => run.Demand.Run).ToArray())
            {
                known.Remove(started.Demand.Run, out var run);
                Waits[started.Demand.Run] = bench.Now - (LedgerBench.Epoch + run!.At);
                starts.Add((started.Demand.Run, bench.Now));
                ends.Enqueue(started.Demand.Run, (bench.Now + run.Takes, started.Demand.Run));
            }
        }
    }

    /// <summary>A run: its owner, when it comes, how long it takes, and what it states.</summary>
    public sealed record Run(
        string Name, string Owner, int Gpus, TimeSpan At, TimeSpan Takes, TimeSpan? Stated);
}

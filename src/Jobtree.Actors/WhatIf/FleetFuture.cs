using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.WhatIf;

/// <summary>
/// A future of a copied fleet: the same actors go on from the copy under a clock of their own. Runs end when they are
/// expected to; nothing else happens but what follows from that. Deterministic.
/// </summary>
internal sealed class FleetFuture
{
    /// <summary>How many ledger entries a future may have, before it is cut short.</summary>
    public const int EntriesMax = 10_000;

    private static readonly TimeSpan OverdueMin = TimeSpan.FromMinutes(1);

    private readonly FleetCopy copy;
    private readonly CopyClock clock;
    private readonly DecisionLog log;
    private readonly HashSet<RunKey> actors;
    private readonly PriorityQueue<(string Flavor, RunKey Run, int Attempt), (DateTimeOffset, RunKey)> ends = new();
    private int startsSeen;

    public FleetFuture(FleetCopy copy)
    {
        this.copy = copy;
        clock = new CopyClock(copy.At);
        log = new DecisionLog(flavor => Fleet!.State(flavor));
        Fleet = copy.Open(clock, log.JournalOf);
        Operations = new FleetOperations(Fleet, clock, _ => Fleet.Settle());
        actors = [.. copy.Runs.Select(run => run.Key)];
    }

    /// <summary>The fleet.</summary>
    public SteppedFleet Fleet { get; }

    /// <summary>The operations of the fleet, by which changes are made.</summary>
    public FleetOperations Operations { get; }

    /// <summary>What was decided.</summary>
    public DecisionLog Log => log;

    /// <summary>How far the future was played.</summary>
    public DateTimeOffset PlayedTo { get; private set; }

    /// <summary>Whether it was cut short because too much would happen.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>The present runs of each flavor, after the last change and all that follows from it at once.</summary>
    public IReadOnlyDictionary<RunKey, PresentRun> Present { get; private set; } =
        new Dictionary<RunKey, PresentRun>();

    /// <summary>Notes that a run has an actor in this fleet, such as one that a change submits.</summary>
    public void HasActor(RunKey run) => actors.Add(run);

    /// <summary>Begins with the state of the copy.</summary>
    public async ValueTask Begin() => await Fleet.Resume();

    /// <summary>Plays on.</summary>
    /// <param name="until">How far.</param>
    /// <param name="cancellation">Stops it.</param>
    public async ValueTask Play(DateTimeOffset until, CancellationToken cancellation)
    {
        await Fleet.Settle();
        Present = await Look();
        NoteExpectedEnds();
        while (NextInstant() is { } next && next <= until && !IsCutShort)
        {
            cancellation.ThrowIfCancellationRequested();
            clock.MoveTo(next);
            await EndDueRuns();
            await Fleet.Settle();
            NoteStarts();
            IsCutShort = log.Entries >= EntriesMax;
        }
        PlayedTo = IsCutShort ? clock.GetUtcNow() : until;
    }

    private DateTimeOffset? NextInstant()
    {
        var wake = Fleet.NextWake;
        return !ends.TryPeek(out _, out var due) ? wake : wake is { } at && at < due.Item1 ? at : due.Item1;
    }

    private void NoteExpectedEnds()
    {
        foreach (var state in States())
        {
            foreach (var run in state.State.Running.Values)
                NoteEnd(state.Flavor, run);
        }
        startsSeen = log.Starts.Count;
    }

    private void NoteStarts()
    {
        for (; startsSeen < log.Starts.Count; startsSeen++)
        {
            var start = log.Starts[startsSeen];
            if (Fleet.State(start.Flavor)?.Running.GetValueOrDefault(start.Run) is { } run)
                NoteEnd(start.Flavor, run);
        }
    }

    /// <summary>A run that has outlasted its expectation is expected to run on for a quarter of its age.</summary>
    private void NoteEnd(string flavor, RunningRun run)
    {
        var now = clock.GetUtcNow();
        var end = run.ExpectedEnd;
        if (end <= now)
        {
            var quarter = (now - run.StartedAt) / 4;
            end = now + (quarter > OverdueMin ? quarter : OverdueMin);
        }
        ends.Enqueue((flavor, run.Demand.Run, run.Demand.Attempt), (end, run.Demand.Run));
    }

    private async ValueTask EndDueRuns()
    {
        while (ends.TryPeek(out var ending, out var due) && due.Item1 <= clock.GetUtcNow())
        {
            ends.Dequeue();
            if (Fleet.State(ending.Flavor)?.Running.GetValueOrDefault(ending.Run) is not { } run
                || run.Demand.Attempt != ending.Attempt)
                continue;
            if (run.ExpectedEnd > clock.GetUtcNow())
                NoteEnd(ending.Flavor, run);
            else
                await End(ending.Flavor, ending.Run, ending.Attempt);
        }
    }

    private async ValueTask End(string flavor, RunKey run, int attempt)
    {
        // A run with an actor tells those that follow it; the actors of others were not copied.
        if (!actors.Contains(run) || !(await Fleet.Run(run).Complete(new CompletionReport(
            true, null, "what-if", attempt))).Succeeded(out _, out _))
            await Fleet.Flavor(flavor).Close(run, LeaseEndReason.Completed);
    }

    private IEnumerable<(string Flavor, FlavorState State)> States()
    {
        // A change may have named a flavor that the copy does not have.
        foreach (var flavor in Fleet.FlavorNames)
        {
            if (Fleet.State(flavor) is { } state)
                yield return (flavor, state);
        }
    }

    private async ValueTask<IReadOnlyDictionary<RunKey, PresentRun>> Look()
    {
        var present = new Dictionary<RunKey, PresentRun>();
        foreach (var (_, state) in States())
        {
            foreach (var run in state.Running.Values)
            {
                var gpus = default(ClassSplit);
                foreach (var lease in run.Leases)
                    gpus = gpus.Plus(state.Funding.ClassOf(lease.Id), lease.Gpus());
                present[run.Demand.Run] = new PresentRun(
                    run.Demand.Owner, run.Demand.Gpus, RunPhase.Running, gpus, run.StartedAt, null);
            }
            foreach (var run in state.Queue.Runs)
                present[run.Demand.Run] = new PresentRun(run.Demand.Owner, run.Demand.Gpus,
                    run.Reservation is null ? RunPhase.Pending : RunPhase.Reserved, default, null,
                    run.Reservation?.EarliestStart);
        }
        foreach (var key in actors.Where(key => !present.ContainsKey(key)))
        {
            if (await Fleet.Run(key).Get() is { } run)
                present[key] = new PresentRun(run.Owner, run.Spec.Resources.TotalGPUs, run.Phase, default,
                    run.IsOver ? run.StartedAt : null, null, run.FinishedAt);
        }
        return present;
    }
}

/// <summary>A run at the beginning of a future.</summary>
/// <param name="Owner">Its owner.</param>
/// <param name="Gpus">GPUs that it asks for.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Classes">The GPUs it holds, by class.</param>
/// <param name="StartedAt">When it started, if it has.</param>
/// <param name="Promised">The promised start, if it has a reservation.</param>
/// <param name="EndedAt">When it ended, if it has.</param>
internal sealed record PresentRun(string Owner, int Gpus, RunPhase Phase, ClassSplit Classes,
    DateTimeOffset? StartedAt, DateTimeOffset? Promised, DateTimeOffset? EndedAt = null);

using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The continuous check of one flavor: its live state against the invariants, the end of its ledger as the store has
/// it, and its runs against the listing. It works in short steps between the flavor's decisions, on the grain's own
/// scheduler.
/// </summary>
/// <param name="flavor">The flavor's name.</param>
/// <param name="actor">The flavor.</param>
/// <param name="services">The services of the grain.</param>
/// <param name="supersession">Finds out whether another activation of the flavor has written.</param>
internal sealed class FlavorCheck(
    string flavor, FlavorActor actor, ActorServices services, Supersession supersession)
{
    /// <summary>
    /// The leases looked at in one step, which no decision can interrupt: well under a millisecond
    /// (docs/architecture.md has the figures).
    /// </summary>
    private const int LeasesPerStep = 512;

    private const int RunsPerMessage = 512;

    /// <summary>How many of the ledger's last records are read back from the store in one pass.</summary>
    private const int TailMax = 1_000;

    /// <summary>How many runs a pass may suspect of each fault. More are a fault of the whole store.</summary>
    private const int SuspectsMax = 1_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly SuspectRuns lost = new(SuspectsMax);
    private readonly SuspectRuns orphaned = new(SuspectsMax);
    private TimeSpan worked;

    /// <summary>Makes one pass.</summary>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Null: another activation of the flavor has written since. What this one knows is past, and of what
    /// the other one decided it would find that it is lost.</returns>
    /// <exception cref="Exception">The store, the listing or a run did not answer: the pass is incomplete.</exception>
    public async Task<FlavorFindings?> Pass(CancellationToken cancellation)
    {
        worked = TimeSpan.Zero;
        var audit = await CheckState(cancellation);
        var tail = await CheckTail(cancellation);
        await FindLost(cancellation);
        await FindOrphaned(audit.Runs, cancellation);
        if (await supersession.IsFound(cancellation))
            return null;
        var counts = FlavorFindings.Invariants.ToDictionary(
            static invariant => invariant, invariant => audit.Counts.GetValueOrDefault(invariant));
        counts[9] += tail.Violations.Count;
        counts[6] += orphaned.Confirmed.Count;
        counts[12] += lost.Confirmed.Count;
        var leases = orphaned.Confirmed.Sum(
            run => actor.State.Running.TryGetValue(run, out var running) ? running.Leases.Count : 0);
        return new FlavorFindings(counts, [.. audit.Violations, .. tail.Violations, .. CrossViolations()],
            tail.Missing, leases, lost.Confirmed.Count, audit.Leases, worked);
    }

    private async Task<LiveAudit> CheckState(CancellationToken cancellation)
    {
        try
        {
            var from = TimeProvider.System.GetTimestamp();
            var audit = actor.BeginAudit();
            worked += TimeProvider.System.GetElapsedTime(from);
            while (true)
            {
                from = TimeProvider.System.GetTimestamp();
                var isDone = audit.Step(LeasesPerStep);
                worked += TimeProvider.System.GetElapsedTime(from);
                if (isDone)
                    return audit;
                await Task.Delay(Pause, cancellation);
            }
        }
        finally
        {
            actor.EndAudit();
        }
    }

    private async Task<LedgerTail> CheckTail(CancellationToken cancellation)
    {
        var (last, head, durable) = (actor.State.Sequence, actor.State.Head, actor.Durable);
        await durable;
        var key = new ActorKey(ActorKind.Flavor, flavor);
        if (await services.Journals.ReadEnd(key, Math.Max(1, last - TailMax + 1), TailMax, cancellation)
            is not { } records)
            return LedgerTail.Whole;
        // Off the grain's scheduler: hashing a thousand records would hold up decisions.
        var from = TimeProvider.System.GetTimestamp();
        var tail = await Task.Run(() => LedgerTail.Check(flavor, records, last, head), cancellation);
        worked += TimeProvider.System.GetElapsedTime(from);
        return tail;
    }

    /// <summary>
    /// Finds runs that were acknowledged, have not ended, and are unknown to the flavor. The listing lags and a run
    /// ends in two steps, so a run is only suspected, and asked itself if it is suspect in the next pass too.
    /// </summary>
    private async Task FindLost(CancellationToken cancellation)
    {
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            var grain = services.Fleet.Index.Shard(shard);
            for (var at = 0; ; at += RunsPerMessage)
            {
                cancellation.ThrowIfCancellationRequested();
                var open = await grain.ListOpen(flavor, at, RunsPerMessage);
                var from = TimeProvider.System.GetTimestamp();
                foreach (var run in open)
                {
                    if (!actor.Knows(run))
                        lost.Suspect(run);
                }
                worked += TimeProvider.System.GetElapsedTime(from);
                if (open.Count < RunsPerMessage)
                    break;
            }
        }
        await lost.Confirm(async run => await services.Fleet.Run(run).Get() is { IsOver: false, IsDecided: true } record
            && record.Spec.Resources.GpuType == flavor && !actor.Knows(run));
    }

    /// <summary>Finds runs that hold leases here and have ended, or were never submitted.</summary>
    private async Task FindOrphaned(IReadOnlyList<RunningRun> runs, CancellationToken cancellation)
    {
        var byShard = new List<RunKey>[RunShard.Count];
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i].Demand.Run;
            var batch = byShard[RunShard.Of(run)] ??= [];
            batch.Add(run);
            if (batch.Count == RunsPerMessage)
                await SuspectOrphans(batch, cancellation);
        }
        foreach (var batch in byShard)
        {
            if (batch is { Count: > 0 })
                await SuspectOrphans(batch, cancellation);
        }
        await orphaned.Confirm(async run => actor.State.Running.TryGetValue(run, out var before)
            && await services.Fleet.Run(run).Get() is null or { IsOver: true }
            && actor.State.Running.TryGetValue(run, out var after) && ReferenceEquals(before, after));
    }

    private async Task SuspectOrphans(List<RunKey> batch, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        foreach (var run in await services.Fleet.Index.Shard(RunShard.Of(batch[0])).FindNotOpen([.. batch]))
        {
            if (actor.State.Running.ContainsKey(run))
                orphaned.Suspect(run);
        }
        batch.Clear();
    }

    private IEnumerable<AuditViolation> CrossViolations() =>
    [
        .. orphaned.Confirmed.Select(run => new AuditViolation(
            6, flavor, $"{run} has ended or was never submitted, but holds leases of {flavor}")),
        .. lost.Confirmed.Select(run => new AuditViolation(
            12, flavor, $"{run} was acknowledged and has not ended, but {flavor} does not know it")),
    ];
}

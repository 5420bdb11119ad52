using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Lets elastic runs grow towards their desired width, one step at a time, the run that was admitted first first. A
/// step cuts nobody: it is taken when no waiting run can use the GPUs, if it is funded beside what is promised to
/// reservations, and fits on free GPUs outside their slices.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="options">Limits and times.</param>
internal sealed class Growth(FlavorState state, SchedulerOptions options)
{
    private DateTimeOffset tried = DateTimeOffset.MinValue;
    private Stamp? failed;
    private (long Changes, DateTimeOffset Tried, DateTimeOffset? Due)? next;

    /// <summary>When a run has settled since its last change, so that it may grow. Null if there is none.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            if (state.RunningWork.Elastic.Count == 0)
                return null;
            if (next is not { } known || known.Changes != state.RunningWork.ElasticChanges || known.Tried != tried)
                next = known = (state.RunningWork.ElasticChanges, tried, FindNextDue());
            return known.Due;
        }
    }

    /// <summary>The next growth step. Null if no run can grow now.</summary>
    /// <param name="now">The instant.</param>
    public LedgerEntry? Next(DateTimeOffset now)
    {
        if (state.RunningWork.Elastic.Count == 0)
            return null;
        // If envelopes pay on certain nodes only, new claims and commitments may move a step to a payer of other nodes.
        var stamp = state.Funding.HasSelectors
            ? new Stamp(true, state.Fleet.Openings, state.Queue.ReservationVersion, state.Funding.Changes,
                state.RunningWork.ElasticChanges)
            : new Stamp(false, state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Releases,
                state.RunningWork.ElasticChanges);
        if (stamp == failed && !(NextDue <= now))
            return null;
        foreach (var run in state.RunningWork.Elastic)
        {
            if (Wants(run) && SettledAt(run) <= now && TryGrow(run, now) is { } entry)
                return entry;
        }
        (failed, tried) = (stamp, now);
        return null;
    }

    private static bool Wants(RunningRun run) => run.Gpus() + run.Demand.GpusStep <= run.Demand.WantedGpus();

    private DateTimeOffset SettledAt(RunningRun run) => run.ChangedAt + options.GrowthMin;

    private DateTimeOffset? FindNextDue()
    {
        DateTimeOffset? due = null;
        foreach (var run in state.RunningWork.Elastic)
        {
            if (Wants(run) && SettledAt(run) is var settled && settled > tried && (due is null || settled < due))
                due = settled;
        }
        return due;
    }

    private LedgerEntry? TryGrow(RunningRun run, DateTimeOffset now)
    {
        var step = StepOf(run, now);
        if (step.GpusWithSpares() > state.Fleet.Free)
            return null;
        var cover = state.Funding.Cover(step, state.Queue);
        if (!cover.IsFunded)
            return null;
        var end = now + Forecaster.Remaining(state, run, now);
        var ahead = ReservedSlices.AheadOf(state, step, end, null, null).Overlay;
        foreach (var only in AreasFor(step, run))
        {
            if (Gang.TryPlace(state.Fleet, step, cover, ahead, only) is { } leases)
                return Entry(run, leases, now);
        }
        return null;
    }

    /// <summary>
    /// Where a step may be placed, the place to be preferred first. Without groups, a level counts for the whole run,
    /// so the step goes to the unit of the run, or, if that is not required, near it.
    /// </summary>
    private IEnumerable<PlacementArea?> AreasFor(Demand step, RunningRun run)
    {
        var there = run.Leases.First(static lease => lease.Role == LeaseRole.Active).Slots[0];
        if (state.Fleet.Placed(there.Node) is not { } node)
            return [null];
        if (step.GroupGpus > 0 || step.Level is not { } level)
            return [step.OneDomain ? new PlacementArea(node.Domain) : null];
        if (step.LevelRequired)
            return [new PlacementArea(node.Domain, node.Spec.Unit(level), level)];
        var near = Enumerable.Range((int)level, LocalityLevel.Domain - level + 1).Select(
            at => new PlacementArea(node.Domain, node.Spec.Unit((LocalityLevel)at), (LocalityLevel)at));
        return step.OneDomain ? near : near.Append(null);
    }

    /// <summary>One step as a demand of its own, which ranks as a new arrival.</summary>
    private static Demand StepOf(RunningRun run, DateTimeOffset now) => run.Demand with
    {
        Gpus = run.Demand.GpusStep,
        GpusMin = 0,
        GpusStep = 0,
        AdmittedAt = null,
        SubmittedAt = now, // It comes after all reservations.
        // Without groups, the run has the spares that it started with.
        SparesPerGroup = run.Demand.GroupGpus > 0 ? run.Demand.SparesPerGroup : 0,
    };

    private LedgerEntry Entry(RunningRun run, IReadOnlyList<OpeningLease> leases, DateTimeOffset now)
    {
        var (group, chunk) = (0, 0);
        foreach (var lease in run.OpenLeases)
        {
            chunk = Math.Max(chunk, lease.Chunk + 1);
            group = run.Demand.GroupGpus > 0 ? Math.Max(group, lease.Group + 1) : 0;
        }
        return new LedgerEntry
        {
            At = now,
            Open = new Opening
            {
                Run = run.Demand.Run,
                Reason = LeaseStartReason.Grow,
                FirstLease = state.NextLease,
                Leases = [.. leases.Select(
                    lease => lease with { Group = lease.Group + group, Chunk = lease.Chunk + chunk })],
            },
        };
    }

    /// <summary>What growth depended on when no run could grow. While it is unchanged, none can.</summary>
    private readonly record struct Stamp(
        bool HasSelectors, long Openings, long Reservations, long Funding, long Elastic);
}

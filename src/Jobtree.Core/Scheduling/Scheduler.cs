using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The decisions of a flavor, each a function of its state and an instant: it proposes ledger entries, and changes nothing.
/// </summary>
/// <remarks>
/// A demand goes down one path: cover (who pays), place (does it fit beside the slices that are kept), reclaim (does it fit when unfunded work
/// yields), reserve (when will it fit), wait.
/// </remarks>
/// <param name="state">The flavor's state.</param>
/// <param name="options">Limits and times.</param>
public sealed class Scheduler(FlavorState state, SchedulerOptions options)
{
    private SlotOverlay? allSlices;
    private long allSlicesVersion;
    private ((long Openings, int Free) At, int Gpus)? freeOutside;
    private SlicePlanner? planner;
    private (DateTimeOffset Now, long Openings, long NextLease, long Releases) plannerStamp;

    /// <summary>What becomes of a new demand: an entry that starts it, reserves for it, or queues it.</summary>
    /// <param name="demand">The demand, not yet known to the flavor.</param>
    /// <param name="now">The instant.</param>
    public LedgerEntry Admit(Demand demand, DateTimeOffset now)
    {
        var proposal = Propose(demand, now);
        return proposal.Leases is null
            ? new LedgerEntry { At = now, Queue = demand, Reserve = proposal.Reservation }
            : Start(proposal, now, demand with { Attempt = demand.Attempt + 1 }, null, LeaseStartReason.Start);
    }

    /// <summary>What would become of a demand now.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="now">The instant.</param>
    public Proposal Propose(Demand demand, DateTimeOffset now)
    {
        var cover = state.Funding.Cover(demand);
        var overlay = KeptFrom(demand, cover, now, null);
        if (Place(demand, ref cover, overlay) is { } leases)
            return new Proposal(cover, leases);
        return TryReclaim(demand, cover, overlay, now) ?? new Proposal(cover, null, Reservation: PlanReservation(demand, cover, now));
    }

    /// <summary>The next thing to do for the runs that wait: start one, make or renew a reservation; null: nothing now.</summary>
    /// <param name="now">The instant.</param>
    public LedgerEntry? Next(DateTimeOffset now)
    {
        if (state.Queue.Count == 0)
            return null;
        if (NextReservation(now) is { } promised)
            return promised;
        var capacity = new PassStamp(state.Fleet.Openings, state.Queue.SliceReleases);
        var candidates = new List<(WaitingClass Class, bool Funded)>();
        foreach (var group in state.Queue.Classes)
        {
            var mayFit = group.Sample.Gpus <= state.Fleet.Free && group.NoFitAt != capacity;
            var mayClaim = group.FundingSeen != state.Funding.Releases && group.Unreserved.Count > 0;
            if (!mayFit && !mayClaim)
                continue;
            var (fundable, unpromised) = MayFund(group.Sample);
            if (mayFit || unpromised || (fundable && state.Funding.UnfundedGpus > 0))
                candidates.Add((group, fundable));
            else
                group.FundingSeen = state.Funding.Releases;
        }
        candidates.Sort(static (left, right) => left.Funded != right.Funded
            ? left.Funded ? -1 : 1
            : WaitingOrder.Instance.Compare(left.Class.Runs.Min, right.Class.Runs.Min));
        foreach (var (group, _) in candidates)
        {
            if (TryClass(group, capacity, now) is { } entry)
                return entry;
        }
        return null;
    }

    /// <summary>The next instant at which something may be due without anything else happening; null: none.</summary>
    /// <param name="now">The instant.</param>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var wake = state.Funding.NextBoundary(now);
        if (state.Queue.Reserved == 0)
            return wake;
        foreach (var waiting in Slices.Front(state, options.SlicesMax))
        {
            var due = waiting.Reservation!.EarliestStart;
            if (wake is null || due < wake)
                wake = due;
        }
        return wake;
    }

    private LedgerEntry? TryClass(WaitingClass group, PassStamp capacity, DateTimeOffset now)
    {
        var first = group.Runs.Min!;
        var demand = AsPromised(first);
        var cover = state.Funding.Cover(demand);
        if (demand.Gpus <= state.Fleet.Free && group.NoFitAt != capacity)
        {
            var overlay = KeptFrom(demand, cover, now, first);
            if (Place(demand, ref cover, overlay) is { } leases)
                return Start(new Proposal(cover, leases), now, null, first, Reason(first));
            if (overlay is not null && TryBackfill(group, now) is { } backfilled)
                return backfilled;
            group.NoFitAt = capacity;
        }
        if (group.FundingSeen == state.Funding.Releases)
            return null;
        group.FundingSeen = state.Funding.Releases;
        return group.Unreserved.Min is { } unreserved ? TryFunded(unreserved, now) : null;
    }

    /// <summary>A waiting run whose funding has come: it has the rights of a new one.</summary>
    private LedgerEntry? TryFunded(WaitingRun waiting, DateTimeOffset now)
    {
        var cover = state.Funding.Cover(waiting.Demand);
        if (MayReclaim(waiting.Demand, cover) && TryReclaim(waiting.Demand, cover, KeptFrom(waiting.Demand, cover, now, waiting), now) is { } reclaim)
            return Start(reclaim, now, null, waiting, LeaseStartReason.Start);
        return PlanReservation(waiting.Demand, cover, now) is { } reservation ? new LedgerEntry { At = now, Reserve = reservation } : null;
    }

    /// <summary>A run behind the first of its class that ends early enough to use a slice that is kept from the first.</summary>
    private LedgerEntry? TryBackfill(WaitingClass group, DateTimeOffset now)
    {
        if (!group.StatesDurations)
            return null; // All are expected to take as long as the first.
        var longest = state.ExpectedDuration(group.Runs.Min!.Demand);
        foreach (var waiting in group.Runs.Skip(1).Take(options.BackfillDepth))
        {
            if (state.ExpectedDuration(waiting.Demand) >= longest)
                continue;
            var demand = AsPromised(waiting);
            var cover = state.Funding.Cover(demand);
            if (Place(demand, ref cover, KeptFrom(demand, cover, now, waiting)) is { } leases)
                return Start(new Proposal(cover, leases), now, null, waiting, Reason(waiting));
        }
        return null;
    }

    /// <summary>The reservations in front: activates one that is due, plans a slice for one that moved up.</summary>
    private LedgerEntry? NextReservation(DateTimeOffset now)
    {
        foreach (var waiting in Slices.Front(state, options.SlicesMax))
        {
            var reservation = waiting.Reservation!;
            if (reservation.EarliestStart <= now)
                return Activate(waiting, now);
            if (reservation.IntendedSlice.Count == 0)
                return Renew(waiting, now);
        }
        return null;
    }

    private LedgerEntry Activate(WaitingRun waiting, DateTimeOffset now)
    {
        var demand = AsPromised(waiting);
        var cover = state.Funding.Cover(demand);
        if (demand.Gpus > state.Fleet.Free && !MayReclaim(demand, cover))
            return Renew(waiting, now);
        var overlay = KeptFrom(demand, cover, now, waiting);
        if (Place(demand, ref cover, overlay) is { } leases)
            return Start(new Proposal(cover, leases), now, null, waiting, LeaseStartReason.Promise);
        return TryReclaim(demand, cover, overlay, now) is { } reclaim
            ? Start(reclaim, now, null, waiting, LeaseStartReason.Promise)
            : Renew(waiting, now);
    }

    /// <summary>Plans a reservation anew; one that can never fit, or is no longer funded, lapses.</summary>
    private LedgerEntry Renew(WaitingRun waiting, DateTimeOffset now)
    {
        var demand = AsPromised(waiting);
        var cover = state.Funding.Cover(demand);
        var opening = cover.IsFunded ? now : state.Funding.FundableAt(demand);
        if (opening is null || !SlicePlanner.CanEverFit(state.Fleet, demand))
            return new LedgerEntry { At = now, Lapse = demand.Run };
        var plan = PlannerAt(now).Plan(demand, Slices.Ahead(state, waiting, options.SlicesMax));
        var start = Latest(plan.At, opening.Value, now + options.ReplanMin);
        return new LedgerEntry
        {
            At = now,
            Reserve = waiting.Reservation! with { EarliestStart = start, IntendedSlice = plan.Slice, Payers = Slices.PayersOf(cover), DeficitGPUs = Deficit(demand) },
        };
    }

    private Reservation? PlanReservation(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (state.Queue.Reserved >= options.ReservationsMax)
            return null;
        var promised = cover.IsFunded ? state.Funding.Cover(demand, state.Queue.Committed) : cover;
        var opening = promised.IsFunded ? now : cover.IsFunded ? null : state.Funding.FundableAt(demand);
        if (opening is null || !SlicePlanner.CanEverFit(state.Fleet, demand))
            return null;
        var reservation = new Reservation { Run = demand.Run, Made = now, EarliestStart = now, Payers = Slices.PayersOf(promised), DeficitGPUs = Deficit(demand) };
        if (state.Queue.Reserved >= options.SlicesMax)
        {
            var wait = Forecaster.WaitFor(state, now, state.Queue.ReservedGpus + demand.Gpus);
            return reservation with { EarliestStart = Latest(now + wait, opening.Value, now + options.ReplanMin) };
        }
        var plan = PlannerAt(now).Plan(demand, state.Queue.WithReservation);
        return reservation with { EarliestStart = Latest(plan.At, opening.Value, now + options.ReplanMin), IntendedSlice = plan.Slice };
    }

    private Proposal? TryReclaim(Demand demand, Cover cover, SlotOverlay? overlay, DateTimeOffset now) =>
        MayReclaim(demand, cover) && new Reclaim(state, demand, cover, now).Plan(overlay ?? new SlotOverlay(state.Fleet)) is { } plan
            ? new Proposal(cover, plan.Leases, plan.Cuts, plan.Lottery)
            : null;

    /// <summary>Places a cover; where its unfunded part does not fit in its payer's place, that part may go anywhere with no payer.</summary>
    private IReadOnlyList<OpeningLease>? Place(Demand demand, ref Cover cover, SlotOverlay? overlay)
    {
        if (demand.Gpus > state.Fleet.Free || (overlay is not null && demand.Gpus > FreeOutside(overlay)))
            return null;
        if (Gang.TryPlace(state.Fleet, demand, cover, overlay) is { } leases)
            return leases;
        if (cover.Chunks.All(chunk => chunk is not { Class: FundingClass.Unfunded, PlaceSelector.Count: > 0 }))
            return null;
        var anywhere = new Cover([.. cover.Chunks.Select(chunk => chunk.Class == FundingClass.Unfunded ? chunk with { Payer = null, PlaceSelector = null } : chunk)]);
        leases = Gang.TryPlace(state.Fleet, demand, anywhere, overlay);
        if (leases is not null)
            cover = anywhere;
        return leases;
    }

    private LedgerEntry Start(Proposal proposal, DateTimeOffset now, Demand? demand, WaitingRun? waiting, LeaseStartReason reason) => new()
    {
        At = now,
        Close = proposal.Cuts,
        Lottery = proposal.Lottery,
        Open = new Opening { Demand = demand, Run = waiting?.Demand.Run, Reason = reason, FirstLease = state.NextLease, Leases = proposal.Leases! },
    };

    private SlotOverlay? KeptFrom(Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting) =>
        Slices.KeptFrom(state, demand, cover, now, waiting, AllSlices);

    /// <summary>The slices change less often than they are asked for.</summary>
    private SlotOverlay AllSlices()
    {
        if (allSlices is null || allSlicesVersion != state.Queue.ReservationVersion)
            (allSlices, allSlicesVersion, freeOutside) = (Slices.All(state), state.Queue.ReservationVersion, null);
        return allSlices;
    }

    private int FreeOutside(SlotOverlay overlay)
    {
        if (overlay != allSlices)
            return overlay.FreeOutside();
        var fleetNow = (state.Fleet.Openings, state.Fleet.Free);
        if (freeOutside is not { } known || known.At != fleetNow)
            freeOutside = known = (fleetNow, overlay.FreeOutside());
        return known.Gpus;
    }

    private bool MayReclaim(Demand demand, Cover cover) =>
        cover.IsFunded && state.Funding.ReclaimableGpus(cover) is > 0 and var gpus && demand.Gpus <= state.Fleet.Free + gpus;

    /// <summary>Whether a demand can be funded, and whether beside what reservations are promised, as far as sums tell. False is sure.</summary>
    private (bool Fundable, bool Unpromised) MayFund(Demand demand)
    {
        if (demand.Funding is { AllowBorrow: true })
            return (true, true);
        var (gpus, unpromised) = state.Funding.Fundable(demand.Owner, (state.Queue.Committed, state.Queue.ReservationVersion));
        return (demand.Gpus <= gpus, demand.Gpus <= unpromised);
    }

    /// <summary>One survey of the running work serves all plans of an instant, until that work changes.</summary>
    private SlicePlanner PlannerAt(DateTimeOffset now)
    {
        var stamp = (now, state.Fleet.Openings, state.NextLease, state.Funding.Releases);
        if (planner is null || plannerStamp != stamp)
            (planner, plannerStamp) = (new SlicePlanner(state, now), stamp);
        return planner;
    }

    private int Deficit(Demand demand) => Math.Max(0, demand.Gpus - state.Fleet.Free);

    /// <summary>A reserved run claims from the time its reservation was made.</summary>
    private static Demand AsPromised(WaitingRun waiting) =>
        waiting.Reservation is null || waiting.Demand.AdmittedAt is not null ? waiting.Demand : waiting.Demand with { AdmittedAt = waiting.Reservation.Made };

    private static LeaseStartReason Reason(WaitingRun waiting) => waiting.Reservation is null ? LeaseStartReason.Start : LeaseStartReason.Promise;

    private static DateTimeOffset Latest(DateTimeOffset first, DateTimeOffset second, DateTimeOffset third)
    {
        var later = first > second ? first : second;
        return later > third ? later : third;
    }
}

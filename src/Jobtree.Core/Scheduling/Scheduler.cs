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
    private readonly SliceOverlays overlays = new(state);
    private readonly List<(WaitingClass Class, bool Funded)> candidates = [];
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
        var started = TryStart(demand, null, now, out var cover, out _);
        return started ?? new Proposal(cover, null, Reservation: PlanReservation(demand, cover, now));
    }

    /// <summary>The next thing to do for the runs that wait: start one, make or renew a reservation; null: nothing now.</summary>
    /// <param name="now">The instant.</param>
    public LedgerEntry? Next(DateTimeOffset now)
    {
        if (state.Queue.Count == 0)
            return null;
        if (NextReservation(now) is { } promised)
            return promised;
        var capacity = new PassStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Changes);
        var funding = new FundingStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Releases, state.Funding.UnfundedGpus);
        candidates.Clear();
        foreach (var group in state.Queue.Classes)
        {
            var mayFit = group.Gpus <= state.Fleet.Free && group.NoFitAt?.Holds(capacity) != true;
            if (!mayFit && group.FundingSeen == funding)
                continue;
            var fundable = MayFund(group.First).Fundable;
            if (mayFit || (fundable && funding.UnfundedGpus > 0) || (group.FirstUnreserved is { } unreserved && MayFund(unreserved).Unpromised))
                candidates.Add((group, fundable));
            else
                group.FundingSeen = funding;
        }
        candidates.Sort(static (left, right) => left.Funded != right.Funded
            ? left.Funded ? -1 : 1
            : WaitingOrder.Compare(left.Class.First.Demand, right.Class.First.Demand));
        foreach (var (group, _) in candidates)
        {
            if (TryClass(group, capacity, funding, now) is { } entry)
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

    private LedgerEntry? TryClass(WaitingClass group, PassStamp capacity, FundingStamp funding, DateTimeOffset now)
    {
        var first = group.First;
        if (TryStart(first.Promised, first, now, out var cover, out var overlay) is { } proposal)
            return Start(proposal, now, null, first, Reason(first));
        if (overlay is not null && group.Gpus <= state.Fleet.Free && TryBackfill(group, now) is { } backfilled)
            return backfilled;
        group.NoFitAt = overlay is null && !state.Funding.HasSelectors ? new PassStamp(capacity.Openings, null, null) : capacity;
        if (group.FundingSeen == funding)
            return null;
        var reserved = group.FirstUnreserved is not { } unreserved ? null
            : unreserved == first ? TryReserve(first, cover, now) // What it asks for now was tried above.
            : TryStartOrReserve(unreserved, now);
        if (reserved is null)
            group.FundingSeen = funding; // Else the next of the class has its turn.
        return reserved;
    }

    /// <summary>A waiting run whose funding has come: it has the rights of a new one.</summary>
    private LedgerEntry? TryStartOrReserve(WaitingRun waiting, DateTimeOffset now) =>
        TryStart(waiting.Demand, waiting, now, out var cover, out _) is { } proposal
            ? Start(proposal, now, null, waiting, LeaseStartReason.Start)
            : TryReserve(waiting, cover, now);

    private LedgerEntry? TryReserve(WaitingRun waiting, Cover cover, DateTimeOffset now) =>
        PlanReservation(waiting.Demand, cover, now) is { } reservation ? new LedgerEntry { At = now, Reserve = reservation } : null;

    /// <summary>
    /// A run behind the first of its class that can start where the first cannot: it ends early enough to use a slice that is kept from the first, or has a slice of its own, or
    /// has no funding to lose. Of those alike in all this, one is tried.
    /// </summary>
    private LedgerEntry? TryBackfill(WaitingClass group, DateTimeOffset now)
    {
        var first = group.First;
        var longest = state.ExpectedDuration(first.Demand);
        var (triedPromised, triedNew) = (first.Reservation is not null, first.Reservation is null && first.Demand.AdmittedAt is null);
        foreach (var waiting in group.Behind(options.BackfillDepth))
        {
            var isShorter = group.StatesDurations && state.ExpectedDuration(waiting.Demand) < longest;
            var isNew = waiting.Reservation is null && waiting.Demand.AdmittedAt is null;
            var isUnplanned = waiting.Reservation is { IntendedSlice.Count: 0 };
            if (!isShorter && ((isNew && triedNew) || (isUnplanned && triedPromised)))
                continue;
            triedNew |= isNew;
            triedPromised |= isUnplanned;
            var demand = waiting.Promised;
            var cover = CoverOf(demand, waiting);
            if (Place(demand, ref cover, KeptFrom(demand, cover, now, waiting)) is { } leases)
                return Start(new Proposal(cover, leases), now, null, waiting, Reason(waiting));
        }
        return null;
    }

    /// <summary>Starts a demand where it is paid for; else by making unfunded work yield; else where GPUs are idle, though nobody pays there.</summary>
    /// <remarks>
    /// A run that was cut or reserved keeps its place in the funding order, but has the right to cut only as if it came now: from a claim of a lower relation or from what nobody funds, never
    /// from an equal by an earlier date; and one that was cut, only from what nobody funds (<see cref="Reclaim"/>).
    /// </remarks>
    private Proposal? TryStart(Demand demand, WaitingRun? waiting, DateTimeOffset now, out Cover cover, out SlotOverlay? overlay)
    {
        cover = CoverOf(demand, waiting);
        overlay = null;
        var asNew = demand.AdmittedAt is null ? demand : waiting is { Demand: { AdmittedAt: null } unadmitted } ? unadmitted : demand with { AdmittedAt = null };
        var newCover = ReferenceEquals(asNew, demand) ? cover : CoverOf(asNew, waiting);
        var recalls = (waiting?.Demand ?? demand).AdmittedAt is null;
        if (demand.Gpus > state.Fleet.Free && !MayReclaim(asNew, newCover, recalls))
            return null;
        overlay = KeptFrom(demand, cover, now, waiting);
        if (Place(demand, ref cover, overlay) is { } leases)
            return new Proposal(cover, leases);
        if (TryReclaim(asNew, newCover, recalls, overlay, now) is { } reclaim)
            return reclaim;
        if (demand.Gpus > state.Fleet.Free || !IsPlaceBound(cover, funded: true))
            return null;
        var unpaid = Unpaid(cover, chunk => chunk.PlaceSelector is { Count: > 0 });
        return Gang.TryPlace(state.Fleet, demand, unpaid, KeptFrom(demand, unpaid, now, waiting)) is { } elsewhere ? new Proposal(unpaid, elsewhere) : null;
    }

    /// <summary>The reservations in front: activates one that is due, plans a slice for one that moved up.</summary>
    private LedgerEntry? NextReservation(DateTimeOffset now)
    {
        foreach (var waiting in Slices.Front(state, options.SlicesMax))
        {
            var reservation = waiting.Reservation!;
            if (reservation.EarliestStart <= now)
                return Activate(waiting, now);
            if (!waiting.HasSlice)
                return Renew(waiting, now);
        }
        return null;
    }

    private LedgerEntry Activate(WaitingRun waiting, DateTimeOffset now) =>
        TryStart(waiting.Promised, waiting, now, out _, out _) is { } proposal
            ? Start(proposal, now, null, waiting, LeaseStartReason.Promise)
            : Renew(waiting, now);

    /// <summary>Plans a reservation anew; one that can never fit, or is no longer funded, lapses.</summary>
    private LedgerEntry Renew(WaitingRun waiting, DateTimeOffset now)
    {
        var demand = waiting.Promised;
        var cover = CoverOf(demand, waiting);
        var promise = cover.IsFunded ? (At: now, Cover: cover) : state.Funding.FundableAt(demand);
        if (promise is not { } funded || Gang.PlaceOf(state.Fleet, demand, funded.Cover) is var where && !SlicePlanner.CanEverFit(state.Fleet, demand, where))
            return new LedgerEntry { At = now, Lapse = demand.Run };
        var plan = PlannerAt(now).Plan(demand, where, Slices.Ahead(state, demand, options.SlicesMax));
        var start = Latest(plan.At, funded.At, now + options.ReplanMin);
        return new LedgerEntry
        {
            At = now,
            Reserve = waiting.Reservation! with { EarliestStart = start, IntendedSlice = plan.Slice, Payers = Slices.PayersOf(funded.Cover), DeficitGPUs = Deficit(demand) },
        };
    }

    /// <summary>A reservation for a demand that is funded besides what is promised to those ahead of it, now or when a window opens.</summary>
    private Reservation? PlanReservation(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (state.Queue.Reserved >= options.ReservationsMax || (!cover.IsFunded && !state.Funding.HasReservableOpenings))
            return null;
        var committed = state.Queue.CommittedAhead(demand);
        var promised = cover.IsFunded ? state.Funding.Cover(demand, committed) : cover;
        var promise = promised.IsFunded ? (At: now, Cover: promised) : cover.IsFunded ? null : state.Funding.FundableAt(demand, committed);
        if (promise is not { } funded || Gang.PlaceOf(state.Fleet, demand, funded.Cover) is var where && !SlicePlanner.CanEverFit(state.Fleet, demand, where))
            return null;
        var reservation = new Reservation { Run = demand.Run, Made = now, EarliestStart = now, Payers = Slices.PayersOf(funded.Cover), DeficitGPUs = Deficit(demand) };
        var ahead = Slices.Ahead(state, demand, options.SlicesMax);
        if (ahead.Length >= options.SlicesMax)
        {
            var wait = Forecaster.WaitFor(state, now, state.Queue.ReservedGpus + demand.Gpus);
            return reservation with { EarliestStart = Latest(now + wait, funded.At, now + options.ReplanMin) };
        }
        var plan = PlannerAt(now).Plan(demand, where, ahead);
        return reservation with { EarliestStart = Latest(plan.At, funded.At, now + options.ReplanMin), IntendedSlice = plan.Slice };
    }

    private Proposal? TryReclaim(Demand demand, Cover cover, bool recalls, SlotOverlay? overlay, DateTimeOffset now) =>
        MayReclaim(demand, cover, recalls) && new Reclaim(state, demand, cover, now, recalls).Plan(overlay ?? new SlotOverlay(state.Fleet)) is { } plan
            ? new Proposal(cover, plan.Leases, plan.Cuts, plan.Lottery)
            : null;

    /// <summary>Places a cover; where its unfunded part does not fit in its payer's place, that part may go anywhere with no payer.</summary>
    private IReadOnlyList<OpeningLease>? Place(Demand demand, ref Cover cover, SlotOverlay? overlay)
    {
        if (demand.Gpus > state.Fleet.Free || (overlay is not null && demand.Gpus > overlay.FreeOutside()))
            return null;
        if (Gang.TryPlace(state.Fleet, demand, cover, overlay) is { } leases)
            return leases;
        if (!IsPlaceBound(cover, funded: false))
            return null;
        var anywhere = Unpaid(cover, chunk => chunk.Class == FundingClass.Unfunded);
        leases = Gang.TryPlace(state.Fleet, demand, anywhere, overlay);
        if (leases is not null)
            cover = anywhere;
        return leases;
    }

    /// <summary>Whether some part, funded or not, is bound to where its payer pays.</summary>
    private static bool IsPlaceBound(Cover cover, bool funded)
    {
        for (var i = 0; i < cover.Chunks.Count; i++)
        {
            if (cover.Chunks[i] is { PlaceSelector.Count: > 0 } chunk && (chunk.Class != FundingClass.Unfunded) == funded)
                return true;
        }
        return false;
    }

    /// <summary>Who would pay for a waiting run; a class remembers it for a new run and for its first, until claims, budgets or windows change.</summary>
    private Cover CoverOf(Demand demand, WaitingRun? waiting)
    {
        var changes = state.Funding.Changes;
        if (waiting is null)
            return state.Funding.Cover(demand);
        if (demand.AdmittedAt is null)
        {
            if (waiting.Class.NewCover is not { } known || known.At != changes)
                waiting.Class.NewCover = known = (changes, state.Funding.Cover(demand));
            return known.Cover;
        }
        if (waiting != waiting.Class.First)
            return state.Funding.Cover(demand);
        if (waiting.Class.FirstCover is not { } first || first.At != changes || !ReferenceEquals(first.Demand, demand))
            waiting.Class.FirstCover = first = (changes, demand, state.Funding.Cover(demand));
        return first.Cover;
    }

    private static Cover Unpaid(Cover cover, Func<CoverChunk, bool> which) =>
        new([.. cover.Chunks.Select(chunk => which(chunk) ? chunk with { Payer = null, Class = FundingClass.Unfunded, PlaceSelector = null } : chunk)]);

    private LedgerEntry Start(Proposal proposal, DateTimeOffset now, Demand? demand, WaitingRun? waiting, LeaseStartReason reason) => new()
    {
        Sequence = state.Sequence + 1,
        Previous = state.Head,
        At = now,
        Close = proposal.Cuts,
        Lottery = proposal.Lottery,
        Open = new Opening { Demand = demand, Run = waiting?.Demand.Run, Reason = reason, FirstLease = state.NextLease, Leases = proposal.Leases! },
    };

    private SlotOverlay? KeptFrom(Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting) =>
        Slices.KeptFrom(state, demand, cover, now, waiting, overlays);

    private bool MayReclaim(Demand demand, Cover cover, bool recalls) =>
        cover.IsFunded && Math.Max(1, demand.Gpus - state.Fleet.Free) is var wanted && (recalls ? state.Funding.CanReclaim(cover, wanted) : state.Funding.UnfundedGpus >= wanted);

    /// <summary>Whether a demand can be funded, and whether beside what reservations are promised, as far as sums tell. False is sure.</summary>
    private (bool Fundable, bool Unpromised) MayFund(WaitingRun waiting)
    {
        var demand = waiting.Demand;
        if (demand.Funding is { AllowBorrow: true } || waiting.PlaceInFunding is not null)
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

    private static LeaseStartReason Reason(WaitingRun waiting) => waiting.Reservation is null ? LeaseStartReason.Start : LeaseStartReason.Promise;

    private static DateTimeOffset Latest(DateTimeOffset first, DateTimeOffset second, DateTimeOffset third)
    {
        var later = first > second ? first : second;
        return later > third ? later : third;
    }
}

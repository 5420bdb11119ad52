using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The decisions of a flavor, each a function of its state and an instant: it proposes ledger entries, and changes
/// nothing.
/// </summary>
/// <remarks>
/// A demand goes down one path: cover (who pays), place (does it fit beside the slices that are kept), reclaim (does it
/// fit when unfunded work yields), reserve (when will it fit), wait.
/// </remarks>
/// <param name="state">The flavor's state.</param>
/// <param name="options">Limits and times.</param>
public sealed class Scheduler(FlavorState state, SchedulerOptions options)
{
    private readonly SliceOverlays overlays = new(state);
    private readonly WaitingPayers payers = new(state);
    private readonly List<(WaitingClass Class, bool Funded)> candidates = [];
    private readonly SlicePlanner planner = new(state);

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
        if (started is not null)
            return started;
        cover ??= payers.CoverOf(demand, null);
        return new Proposal(cover, null, Reservation: PlanReservation(demand, cover, now));
    }

    /// <summary>
    /// The next thing to do for the runs that wait: start one, make or renew a reservation; null: nothing now.
    /// </summary>
    /// <param name="now">The instant.</param>
    public LedgerEntry? Next(DateTimeOffset now)
    {
        if (state.Queue.Count == 0)
            return null;
        if (NextReservation(now) is { } promised)
            return promised;
        var capacity = new PassStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Changes);
        // Where payers pay in certain places only, what is claimed or promised besides has a say too: it sends a demand
        // from a payer in whose place it can never fit to others.
        var funding = state.Funding.HasSelectors
            ? new FundingStamp(state.Fleet.Openings, state.Queue.ReservationVersion, state.Funding.Changes,
                state.Funding.UnfundedGpus)
            : new FundingStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Releases,
                state.Funding.UnfundedGpus);
        candidates.Clear();
        foreach (var group in state.Queue.Classes)
        {
            var mayFit = group.Gpus <= state.Fleet.Free && group.NoFitAt?.Holds(capacity) != true;
            if (!mayFit && group.FundingSeen == funding)
                continue;
            var fundable = payers.MayFund(group.First).Fundable;
            if (mayFit || (fundable && funding.UnfundedGpus > 0)
                || (group.FirstUnreserved is { } unreserved && payers.MayFund(unreserved).Unpromised))
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
        if (TryStart(first.Promised, first, now, out var cover, out var kept) is { } proposal)
            return Start(proposal, now, null, first, Reason(first));
        if (!kept.IsNone && group.Gpus <= state.Fleet.Free && TryBackfill(group, now) is { } backfilled)
            return backfilled;
        group.NoFitAt = kept.IsNone && !state.Funding.HasSelectors ? new PassStamp(capacity.Openings, null, null)
            : capacity;
        if (group.FundingSeen == funding)
            return null;
        var reserved = group.FirstUnreserved is not { } unreserved ? null
            // What it asks for now was tried above.
            : unreserved == first ? TryReserve(first, cover ?? payers.CoverOf(first.Demand, first), now)
            : TryStartOrReserve(unreserved, now);
        if (reserved is null)
            group.FundingSeen = funding; // Else the next of the class has its turn.
        return reserved;
    }

    /// <summary>A waiting run whose funding has come: it has the rights of a new one.</summary>
    private LedgerEntry? TryStartOrReserve(WaitingRun waiting, DateTimeOffset now) =>
        TryStart(waiting.Demand, waiting, now, out var cover, out _) is { } proposal
            ? Start(proposal, now, null, waiting, LeaseStartReason.Start)
            : TryReserve(waiting, cover ?? payers.CoverOf(waiting.Demand, waiting), now);

    private LedgerEntry? TryReserve(WaitingRun waiting, Cover cover, DateTimeOffset now) =>
        PlanReservation(waiting.Demand, cover, now) is { } reservation
            ? new LedgerEntry { At = now, Reserve = reservation } : null;

    /// <summary>
    /// A run behind the first of its class that can start where the first cannot: it ends early enough to use a slice
    /// that is kept from the first, or has a slice of its own, or has no funding to lose. Of those alike in all this,
    /// one is tried.
    /// </summary>
    private LedgerEntry? TryBackfill(WaitingClass group, DateTimeOffset now)
    {
        var first = group.First;
        var longest = state.ExpectedDuration(first.Demand);
        var isPaidInPart = payers.IsPaidInPart(group);
        var (triedPromised, triedNew) = (first.Reservation is not null, first.Reservation is null
            && first.Demand.AdmittedAt is null);
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
            if (isPaidInPart && demand.Gpus > Slices.KeptFromFunded(state, demand, now, waiting, overlays)
                .FreeOutside(state.Fleet))
                continue;
            var cover = payers.CoverOf(demand, waiting);
            if (Place(demand, ref cover, KeptFrom(demand, cover, now, waiting)) is { } leases)
                return Start(new Proposal(cover, leases), now, null, waiting, Reason(waiting));
        }
        return null;
    }

    /// <summary>
    /// Starts a demand where it is paid for; else by making unfunded work yield; else where GPUs are idle, though
    /// nobody pays there.
    /// </summary>
    /// <remarks>
    /// A run that was cut or reserved keeps its place in the funding order, but has the right to cut only as if it came
    /// now: from a claim of a lower relation or from what nobody funds, never from an equal by an earlier date; and one
    /// that was cut, only from what nobody funds (<see cref="Reclaim"/>).
    /// </remarks>
    private Proposal? TryStart(
        Demand demand, WaitingRun? waiting, DateTimeOffset now, out Cover? cover, out KeptSlices kept)
    {
        (cover, kept) = (null, default);
        var isFree = demand.Gpus <= state.Fleet.Free;
        if (!isFree && !MayReclaim(demand, waiting, cover, out _))
            return null;
        if (isFree && waiting is not null && payers.IsPaidInPart(waiting.Class))
        {
            // Most that wait end here, without being covered.
            kept = Slices.KeptFromFunded(state, demand, now, waiting, overlays);
            if (demand.Gpus > kept.FreeOutside(state.Fleet))
                return TryReclaim(demand, waiting, null, kept, now);
        }
        cover = payers.CoverOf(demand, waiting);
        kept = KeptFrom(demand, cover, now, waiting);
        if (Place(demand, ref cover, kept) is { } leases)
            return new Proposal(cover, leases);
        if (TryReclaim(demand, waiting, cover, kept, now) is { } reclaim)
            return reclaim;
        if (!isFree || !IsPlaceBound(cover, funded: true))
            return null;
        var unpaid = Unpaid(cover, chunk => chunk.PlaceSelector is { Count: > 0 });
        return Gang.TryPlace(state.Fleet, demand, unpaid, KeptFrom(demand, unpaid, now, waiting)
            .Overlay) is { } elsewhere ? new Proposal(unpaid, elsewhere) : null;
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
        var cover = payers.CoverOf(demand, waiting);
        var promise = cover.IsFunded ? (At: now, Cover: cover) : state.Funding.FundableAt(demand);
        if (promise is not { } funded || Gang.PlaceOf(state.Fleet, demand, funded.Cover) is var where
            && !SlicePlanner.CanEverFit(state.Fleet, demand, where))
            return new LedgerEntry { At = now, Lapse = demand.Run };
        var plan = planner.Plan(demand, where, Slices.Ahead(state, demand, options.SlicesMax), now);
        var start = Latest(plan.At, funded.At, now + options.ReplanMin);
        return new LedgerEntry
        {
            At = now,
            Reserve = waiting.Reservation! with { EarliestStart = start, IntendedSlice = plan.Slice,
                Payers = Slices.PayersOf(funded.Cover), DeficitGPUs = Deficit(demand) },
        };
    }

    /// <summary>
    /// A reservation for a demand that is funded besides what is promised to those ahead of it, now or when a window
    /// opens.
    /// </summary>
    private Reservation? PlanReservation(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (state.Queue.Reserved >= options.ReservationsMax
            || (!state.Funding.HasReservableOpenings && (!cover.IsFunded || payers.IsPromisedToOthers(demand))))
            return null;
        var committed = state.Queue.CommittedAhead(demand);
        var promised = cover.IsFunded ? state.Funding.Cover(demand, committed) : cover;
        // What is funded now, but promised to those ahead, may be funded for itself when a window opens.
        var promise = promised.IsFunded ? (At: now, Cover: promised) : state.Funding.FundableAt(demand, committed);
        if (promise is not { } funded || Gang.PlaceOf(state.Fleet, demand, funded.Cover) is var where
            && !SlicePlanner.CanEverFit(state.Fleet, demand, where))
            return null;
        var reservation = new Reservation { Run = demand.Run, Made = now, EarliestStart = now,
            Payers = Slices.PayersOf(funded.Cover), DeficitGPUs = Deficit(demand) };
        var ahead = Slices.Ahead(state, demand, options.SlicesMax);
        if (ahead.Length >= options.SlicesMax)
        {
            var wait = Forecaster.WaitFor(state, now, state.Queue.ReservedGpus + demand.Gpus);
            return reservation with { EarliestStart = Latest(now + wait, funded.At, now + options.ReplanMin) };
        }
        var plan = planner.Plan(demand, where, ahead, now);
        return reservation with { EarliestStart = Latest(plan.At, funded.At, now + options.ReplanMin),
            IntendedSlice = plan.Slice };
    }

    private Proposal? TryReclaim(
        Demand demand, WaitingRun? waiting, Cover? cover, KeptSlices kept, DateTimeOffset now) =>
        MayReclaim(demand, waiting, cover, out var asked) && new Reclaim(state, asked.Demand, asked.Cover, now,
            asked.Recalls).Plan(kept.Overlay ?? new SlotOverlay(state.Fleet)) is { } plan
            ? new Proposal(asked.Cover, plan.Leases, plan.Cuts, plan.Lottery)
            : null;

    /// <summary>
    /// Places a cover; where its unfunded part does not fit in its payer's place, that part may go anywhere with no
    /// payer.
    /// </summary>
    private IReadOnlyList<OpeningLease>? Place(Demand demand, ref Cover cover, KeptSlices kept)
    {
        if (demand.Gpus > state.Fleet.Free || demand.Gpus > kept.FreeOutside(state.Fleet))
            return null;
        var overlay = kept.Overlay;
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
            if (cover.Chunks[i] is { PlaceSelector.Count: > 0 } chunk
                && (chunk.Class != FundingClass.Unfunded) == funded)
                return true;
        }
        return false;
    }

    private static Cover Unpaid(Cover cover, Func<CoverChunk, bool> which) =>
        new([.. cover.Chunks.Select(chunk => which(chunk)
            ? chunk with { Payer = null, Class = FundingClass.Unfunded, PlaceSelector = null } : chunk)]);

    private LedgerEntry Start(
        Proposal proposal, DateTimeOffset now, Demand? demand, WaitingRun? waiting, LeaseStartReason reason) => new()
    {
        Sequence = state.Sequence + 1,
        Previous = state.Head,
        At = now,
        Close = proposal.Cuts,
        Lottery = proposal.Lottery,
        Open = new Opening { Demand = demand, Run = waiting?.Demand.Run, Reason = reason, FirstLease = state.NextLease,
            Leases = proposal.Leases! },
    };

    private KeptSlices KeptFrom(Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting) =>
        Slices.KeptFrom(state, demand, cover, now, waiting, overlays);

    /// <summary>
    /// Whether work might yield to a demand, as far as sums tell, and what it asks for as if it came now. False is
    /// sure.
    /// </summary>
    private bool MayReclaim(
        Demand demand, WaitingRun? waiting, Cover? cover, out (Demand Demand, Cover Cover, bool Recalls) asked)
    {
        var recalls = (waiting?.Demand ?? demand).AdmittedAt is null;
        var wanted = Math.Max(1, demand.Gpus - state.Fleet.Free);
        asked = default;
        if (!recalls && state.Funding.WhollyUnfundedGpus < wanted)
            return false;
        var asNew = demand.AdmittedAt is null ? demand : waiting is { Demand: { AdmittedAt: null } unadmitted }
            ? unadmitted : demand with { AdmittedAt = null };
        asked = (asNew, cover is not null && ReferenceEquals(asNew, demand) ? cover : payers.CoverOf(asNew, waiting),
            recalls);
        return asked.Cover.IsFunded && (!recalls || state.Funding.CanReclaim(asked.Cover, wanted));
    }

    private int Deficit(Demand demand) => Math.Max(0, demand.Gpus - state.Fleet.Free);

    private static LeaseStartReason Reason(WaitingRun waiting) =>
        waiting.Reservation is null ? LeaseStartReason.Start : LeaseStartReason.Promise;

    private static DateTimeOffset Latest(DateTimeOffset first, DateTimeOffset second, DateTimeOffset third)
    {
        var later = first > second ? first : second;
        return later > third ? later : third;
    }
}

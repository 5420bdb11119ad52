using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The decisions of a flavor, each a function of its state and an instant. It proposes ledger entries and changes
/// nothing.
/// </summary>
/// <remarks>
/// A demand goes down one path:
/// <code>
/// cover   who pays                                            (WaitingPayers, FundingBook)
/// place   does it fit beside the slices reserved for others   (StartSearch, ReservedSlices, Gang, Packer)
/// reclaim does it fit when unfunded work yields               (StartSearch, Resolver)
/// reserve when will it fit                                    (ReservationPlanner)
/// wait    it stays in the queue
/// </code>
/// The caches between decisions (<see cref="RetryFilter"/>, <see cref="WaitingPayers"/>,
/// <see cref="SliceOverlays"/>) save time and change no decision.
/// </remarks>
public sealed class Scheduler
{
    private readonly FlavorState state;
    private readonly SchedulerOptions options;
    private readonly WaitingPayers payers;
    private readonly RetryFilter retries;
    private readonly ReservationPlanner reservations;
    private readonly ReservationGrounds grounds;
    private readonly StartSearch starts;
    private readonly Growth growth;
    private QueueOrder? order;
    private StartForecasts? forecasts;

    /// <summary>Creates the scheduler of a flavor.</summary>
    /// <param name="state">The flavor's state.</param>
    /// <param name="options">Limits and times.</param>
    public Scheduler(FlavorState state, SchedulerOptions options)
    {
        (this.state, this.options) = (state, options);
        state.Serving = options.Serving;
        payers = new WaitingPayers(state, options.LaterFundedMax);
        starts = new StartSearch(state, payers, options);
        retries = new RetryFilter(state, payers);
        reservations = new ReservationPlanner(state, payers, options, starts.CouldMakeRoom);
        grounds = new ReservationGrounds(state);
        growth = new Growth(state, options);
    }

    /// <summary>Decides on a new demand. The entry starts it, reserves for it, or queues it.</summary>
    /// <param name="demand">A demand that is neither waiting nor running.</param>
    /// <param name="now">The instant.</param>
    public LedgerEntry Admit(Demand demand, DateTimeOffset now)
    {
        var proposal = Propose(demand, now);
        return proposal.Leases is null
            ? new LedgerEntry { At = now, Queue = demand, Reserve = proposal.Reservation }
            : Start(proposal, now, demand with { Attempt = demand.Attempt + 1 }, null, LeaseStartReason.Start);
    }

    /// <summary>What would be decided for a demand now.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="now">The instant.</param>
    public Proposal Propose(Demand demand, DateTimeOffset now)
    {
        var attempt = starts.Try(demand, null, now);
        if (attempt.Proposal is { } started)
            return started;
        var cover = attempt.Cover ?? payers.CoverOf(demand, null);
        return new Proposal(cover, null, Reservation: reservations.TryReserve(demand, null, cover, now));
    }

    /// <summary>
    /// The next decision: for the waiting runs, start one, or make or renew a reservation; otherwise let a running run
    /// grow. Null if there is nothing to do now.
    /// </summary>
    /// <param name="now">The instant.</param>
    public LedgerEntry? NextDecision(DateTimeOffset now)
    {
        return NextForQueue(now) ?? growth.Next(now);
    }

    /// <summary>
    /// The next instant at which something may be due without any other event. Null if there is none.
    /// </summary>
    /// <param name="now">The instant.</param>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var wake = state.NextBoundary(now);
        foreach (var waiting in state.Queue.Sliced)
        {
            var due = waiting.Reservation!.EarliestStart;
            if (wake is null || due < wake)
                wake = due;
        }
        return growth.NextDue is { } grows && (wake is null || grows < wake) ? grows : wake;
    }

    /// <summary>
    /// The order of the queue: as of the last full minute, or of the last decision if that came later. So it is the
    /// same for all who ask in between, and made once for them.
    /// </summary>
    /// <param name="now">The instant.</param>
    public QueueOrder QueueAt(DateTimeOffset now)
    {
        var minute = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        var at = minute > state.At ? minute : state.At;
        if (order is null || order.Sequence != state.Sequence || order.At != at)
            order = new QueueOrder(state, payers.MayBeFunded, at);
        return order;
    }

    /// <summary>The forecasts of all that wait, as of the order of the queue.</summary>
    /// <param name="now">The instant.</param>
    public StartForecasts ForecastsAt(DateTimeOffset now)
    {
        var queue = QueueAt(now);
        if (forecasts?.Queue != queue)
            forecasts = new StartForecasts(state, queue);
        return forecasts;
    }

    /// <summary>Whether the present fleet could hold a demand if nothing else ran.</summary>
    /// <param name="demand">The demand.</param>
    public bool CanEverFit(Demand demand) => state.CanEverFit(demand);

    /// <summary>
    /// The next opening of a window at which a demand would be funded, if it allows reservations before. Null if there
    /// is none.
    /// </summary>
    /// <param name="demand">The demand.</param>
    public (DateTimeOffset At, Cover Cover)? NextOpening(Demand demand) =>
        state.Funding.FundableAt(demand) is { } funding ? (funding.At, funding.Cover) : null;

    /// <summary>The reason that a demand cannot be placed now.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">The instant.</param>
    public PlacementObstacle ObstacleTo(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (!CanEverFit(demand))
            return PlacementObstacle.FleetTooSmall;
        if (Packer.Room(state.Fleet, state.Fleet.Eligible(demand.Selector)) < demand.GpusWithSpares())
            return PlacementObstacle.ShortOfGpus;
        if (Gang.TryPlace(state.Fleet, demand, cover, null) is null)
            return PlacementObstacle.Fragmented;
        return starts.SlicesAheadOf(demand, cover, now, state.Queue.Find(demand.Run)).IsNone
            ? PlacementObstacle.None : PlacementObstacle.ReservedForOthers;
    }

    /// <summary>
    /// What cuts for a demand would destroy, in GPU-seconds, if they could make room for it now and are withheld
    /// because its wait costs less; and whether that is because it fits by itself soon. Null otherwise.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">The instant.</param>
    public (long Loss, bool IsSoon)? WithheldLoss(Demand demand, Cover cover, DateTimeOffset now) =>
        starts.WithheldLoss(demand, cover, now);

    /// <summary>When cuts for a waiting run are made whatever they destroy, if it may cut.</summary>
    /// <param name="waiting">The run.</param>
    public DateTimeOffset ServedBy(WaitingRun waiting) => waiting.Since + options.ClaimWaitMax;

    private LedgerEntry? NextForQueue(DateTimeOffset now)
    {
        if (state.Queue.Count == 0)
            return null;
        if (NextReservation(now) is { } reserved)
            return reserved;
        retries.Begin(now);
        for (var place = 0; retries.At(place) is { } candidate; place++)
        {
            if (TryClass(candidate.Class, place, now) is { } entry)
                return entry;
        }
        return null;
    }

    /// <summary>
    /// Handles the reservations: replans one whose funding, window, node or slice is gone, activates one that is due,
    /// gives one a slice that is free sooner, or gives a slice to the one that is served first of those without.
    /// </summary>
    private LedgerEntry? NextReservation(DateTimeOffset now)
    {
        if (grounds.FirstFallen() is { } fallen)
            return reservations.Renew(fallen, now);
        foreach (var waiting in state.Queue.Sliced)
        {
            if (waiting.Reservation!.EarliestStart <= now)
                return Activate(waiting, now);
        }
        if (TryExchange(now) is { } sooner)
            return sooner;
        return state.Queue.Sliced.Length < Math.Min(options.SlicesMax, state.Queue.Reserved)
            ? reservations.Renew(FirstWithoutSlice(now), now) : null;
    }

    /// <summary>
    /// Gives a run a slice that will be free sooner than its own; once a minute, since what that takes grows with the
    /// running runs.
    /// </summary>
    private LedgerEntry? TryExchange(DateTimeOffset now)
    {
        if (!state.IsFirstOfMinute(now))
            return null;
        foreach (var waiting in state.Queue.Sliced)
        {
            if (reservations.TryExchange(waiting, now) is { } sooner)
                return sooner;
        }
        return null;
    }

    /// <summary>The reserved run that is served first of those without a slice.</summary>
    private WaitingRun FirstWithoutSlice(DateTimeOffset now)
    {
        var ranking = state.RankingAt(now);
        WaitingRun? first = null;
        foreach (var group in state.Queue.Classes)
        {
            if (group.FirstWithoutSlice is { } waiting && (first is null || ranking.Compare(waiting, first) < 0))
                first = waiting;
        }
        return first!;
    }

    private LedgerEntry Activate(WaitingRun waiting, DateTimeOffset now) =>
        (starts.Try(waiting.RankedDemand, waiting, now).Proposal ?? starts.TryMakeRoom(waiting, now)) is { } proposal
            ? Start(proposal, now, null, waiting, LeaseStartReason.Promise)
            : reservations.Renew(waiting, now);

    /// <summary>
    /// Tries the first run of a class on the whole path, then the runs behind it that may start although the first
    /// cannot.
    /// </summary>
    private LedgerEntry? TryClass(WaitingClass group, int place, DateTimeOffset now)
    {
        var first = group.First;
        var attempt = starts.Try(first.RankedDemand, first, now);
        if (attempt.Proposal is { } proposal)
            return TryOutranking(group.New.Owner, proposal.Cover, place, now)
                ?? Start(proposal, now, null, first, ReasonFor(first));
        var mayBackfill = (!attempt.Reserved.IsNone && group.Gpus <= state.Fleet.Free)
            || (state.Fleet.Marginal > 0 && group.StatesDurations);
        if (mayBackfill && TryBackfill(group, now) is { } backfilled)
            return backfilled;
        if (!first.IsHeldAt(now)) // Time alone may let it start.
            retries.MarkUnplaced(group, attempt.Reserved);
        if (retries.IsFundingExhausted(group))
            return null;
        var reserved = TryReserveNext(group, attempt.Cover, now);
        if (reserved is null && !first.IsHeldAt(now))
            retries.MarkFundingExhausted(group); // Otherwise the next run of the class has its turn.
        return reserved;
    }

    /// <summary>
    /// Starts a run that can start now and would recall what another is about to be funded by: what would be cut at
    /// once does not start.
    /// </summary>
    private LedgerEntry? TryOutranking(string owner, Cover cover, int place, DateTimeOffset now)
    {
        if (!cover.IsRecallable)
            return null;
        while (retries.At(++place) is { Fundable: true, Class: var rival })
        {
            if (!Outranks(rival.New.Owner, owner, cover))
                continue;
            if (starts.Try(rival.First.RankedDemand, rival.First, now).Proposal is { Cover.IsFunded: true } proposal)
                return Start(proposal, now, null, rival.First, ReasonFor(rival.First));
        }
        return null;
    }

    private bool Outranks(string rival, string owner, Cover cover)
    {
        if (cover.IsWhollyUnfunded())
            return true;
        foreach (var payer in cover.Payers())
        {
            if (state.Funding.RelationTo(payer, rival) is { } nearer
                && (state.Funding.RelationTo(payer, owner) is not { } relation || nearer.CompareTo(relation) < 0))
                return true;
        }
        return false;
    }

    /// <summary>Reserves for the first unreserved run of a class, or starts it.</summary>
    private LedgerEntry? TryReserveNext(WaitingClass group, Cover? coverOfFirst, DateTimeOffset now)
    {
        if (group.FirstUnreserved is not { } unreserved)
            return null;
        if (unreserved == group.First) // Its present demand was already tried.
            return Reserve(unreserved, coverOfFirst, now);
        // Where cuts are not enough for the first, they are not for this one: as new arrivals they are alike, but that
        // this one has to avoid more slices.
        if (group.Gpus > state.Fleet.Free && state.Fleet.Marginal == 0 && !group.StatesDurations
            && unreserved.Demand.AdmittedAt is null && group.First.Demand.AdmittedAt is null)
            return Reserve(unreserved, null, now);
        var attempt = starts.Try(unreserved.Demand, unreserved, now);
        return attempt.Proposal is { } proposal
            ? Start(proposal, now, null, unreserved, LeaseStartReason.Start)
            : Reserve(unreserved, attempt.Cover, now);
    }

    /// <summary>
    /// Starts a run behind the first of its class when the first cannot start. Such a run ends early enough to use a
    /// slice reserved for the first, has a slice of its own, or has no funding to lose. Of runs that are alike in all
    /// of this, only one is tried.
    /// </summary>
    private LedgerEntry? TryBackfill(WaitingClass group, DateTimeOffset now)
    {
        var first = group.First;
        var longest = state.ExpectedDuration(first.Demand);
        var isPaidInPart = payers.IsPaidInPart(group);
        var (triedUnplanned, triedNew) = (first.Reservation is not null, first.IsNew);
        foreach (var waiting in group.Behind(options.BackfillDepth))
        {
            var isShorter = group.StatesDurations && state.ExpectedDuration(waiting.Demand) < longest;
            var isUnplanned = waiting.Reservation is { IntendedSlice.Count: 0 };
            var isLikeOneTried = (waiting.IsNew && triedNew) || (isUnplanned && triedUnplanned);
            if (!isShorter && isLikeOneTried)
                continue;
            triedNew |= waiting.IsNew;
            triedUnplanned |= isUnplanned;
            if (isPaidInPart
                && starts.SlicesAheadOf(waiting.RankedDemand, now, waiting).FreeOutside(state.Fleet) < group.Gpus)
                continue;
            var cover = payers.CoverOf(waiting.RankedDemand, waiting);
            var reserved = starts.SlicesAheadOf(waiting.RankedDemand, cover, now, waiting);
            if ((starts.TryPlace(waiting.RankedDemand, cover, reserved)
                ?? starts.TryMarginal(waiting.RankedDemand, waiting, cover, now)) is { } proposal)
                return Start(proposal, now, null, waiting, ReasonFor(waiting));
        }
        return null;
    }

    private LedgerEntry? Reserve(WaitingRun waiting, Cover? cover, DateTimeOffset now) =>
        reservations.TryReserve(waiting.Demand, waiting, cover, now) is { } reservation
            ? new LedgerEntry { At = now, Reserve = reservation } : null;

    private LedgerEntry Start(
        Proposal proposal, DateTimeOffset now, Demand? demand, WaitingRun? waiting, LeaseStartReason reason) => new()
    {
        Sequence = state.Sequence + 1,
        Previous = state.Head,
        At = now,
        Close = proposal.Cuts is { Count: > 0 } ? proposal.Cuts : null,
        End = proposal.Ends is { Count: > 0 } ? proposal.Ends : null,
        Swap = proposal.Rests is { Count: > 0 } ? proposal.Rests : null,
        Resolution = proposal.Resolution,
        Open = new Opening { Demand = demand, Run = waiting?.Demand.Run, Reason = reason, FirstLease = state.NextLease,
            Leases = proposal.Leases! },
    };

    private static LeaseStartReason ReasonFor(WaitingRun waiting) =>
        waiting.Reservation is null ? LeaseStartReason.Start : LeaseStartReason.Promise;
}

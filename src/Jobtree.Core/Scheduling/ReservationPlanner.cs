using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Makes and replans reservations: decides when and on which slots a fundable demand will fit. A start that it once
/// promised moves later only for a cause that it names (<see cref="PromiseCauses"/>).
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the waiting runs.</param>
/// <param name="options">Limits and times.</param>
/// <param name="couldMakeRoom">Whether cuts could make room at an instant. If absent, they never do.</param>
internal sealed class ReservationPlanner(
    FlavorState state, WaitingPayers payers, SchedulerOptions options, RoomByCuts? couldMakeRoom = null)
{
    private readonly SlicePlanner slices = new(state);
    private readonly PromiseCauses causes = new(state);

    /// <summary>
    /// Reserves for a demand that can be funded beside the commitments ahead of it: now, when a window opens, or when
    /// claims end. Null if it cannot be funded, or can never fit.
    /// </summary>
    /// <param name="demand">A demand without a reservation.</param>
    /// <param name="waiting">Its place in the queue, if it is waiting.</param>
    /// <param name="cover">Who would pay for it now, without regard to commitments. Null if that is not known yet:
    /// most demands are refused without it.</param>
    /// <param name="now">The instant.</param>
    public Reservation? TryReserve(Demand demand, WaitingRun? waiting, Cover? cover, DateTimeOffset now)
    {
        var ahead = state.Queue.CountSubmittedBy(demand.SubmittedAt);
        if (!MayReserve(demand, waiting, ahead) || !state.CanEverFit(demand))
            return null;
        // What would never be funded on envelopes without claims would lapse at once (ReservationGrounds).
        if (payers.FundingBesideCommitments(demand, waiting, cover, ahead, now) is not { } funded
            || !payers.CouldEverFund(demand, waiting))
            return null;
        if (!SlicePlanner.CanEverFit(state.Fleet, demand, funded.Cover))
            return null;
        return Plan(new Reservation { Run = demand.Run, Made = now, EarliestStart = now }, demand, funded, now);
    }

    /// <summary>Replans a reservation. It lapses if it can never fit or is no longer fundable.</summary>
    /// <param name="waiting">The run that holds it.</param>
    /// <param name="now">The instant.</param>
    public LedgerEntry Renew(WaitingRun waiting, DateTimeOffset now)
    {
        var demand = waiting.RankedDemand;
        var promised = waiting.Reservation!;
        var cover = payers.CoverOf(demand, waiting);
        if (!state.CanEverFit(demand) || !payers.CouldEverFund(demand, waiting)
            || payers.FundingOf(demand, cover, now) is not { } funded
            || !SlicePlanner.CanEverFit(state.Fleet, demand, funded.Cover))
            return Lapse(demand, now);
        var isKept = promised.EarliestStart > now && funded.At <= promised.EarliestStart && waiting.HasSlice
            && ReservationGrounds.StandsOn(state, demand, promised.IntendedSlice, funded.Cover.Payers());
        var planned = isKept
            ? promised with { Payers = funded.Cover.Payers(), DeficitGPUs = Deficit(demand) }
            : Plan(promised, demand, funded, now);
        if (planned.EarliestStart > promised.EarliestStart)
        {
            var (cause, by) = causes.Of(waiting, cover, now);
            planned = by is null && cause == MoveCause.Cuts && promised.EarliestStart > now
                ? planned with { EarliestStart = promised.EarliestStart } // Nothing has changed that could move it.
                : planned with
                {
                    Moved = new PromiseMove(promised.EarliestStart, now, cause, by),
                    Moves = promised.Moves + 1,
                };
        }
        return new LedgerEntry { At = now, Reserve = planned };
    }

    /// <summary>
    /// Exchanges the slice of a reservation for one that is free considerably sooner, since work on it ended before it
    /// was expected to. Slices of others are left to them, and nobody is cut. Null if there is none.
    /// </summary>
    /// <param name="waiting">A run with a slice.</param>
    /// <param name="now">The instant.</param>
    public LedgerEntry? TryExchange(WaitingRun waiting, DateTimeOffset now)
    {
        var (demand, promised) = (waiting.RankedDemand, waiting.Reservation!);
        var worthwhile = promised.EarliestStart - options.ReplanMin;
        if (promised.Basis != StartBasis.Fit || worthwhile <= Soonest(now, now) || waiting.IsHeldAt(now))
            return null;
        if (payers.FundingOf(demand, payers.CoverOf(demand, waiting), now) is not { } funded || funded.At > now
            || !SlicePlanner.CanEverFit(state.Fleet, demand, funded.Cover))
            return null;
        var (slice, at) = slices.PlanWithoutCuts(demand, funded.Cover, state.Queue.Sliced, now);
        var start = Soonest(at, now);
        return start >= worthwhile ? null : new LedgerEntry
        {
            At = now,
            Reserve = promised with
            {
                EarliestStart = start,
                IntendedSlice = slice,
                Payers = funded.Cover.Payers(),
                DeficitGPUs = Deficit(demand),
            },
        };
    }

    private Reservation Plan(Reservation reservation, Demand demand, FutureFunding funded, DateTimeOffset now)
    {
        reservation = reservation with { Payers = funded.Cover.Payers(), DeficitGPUs = Deficit(demand) };
        var holder = state.Queue.Find(demand.Run);
        if (holder?.HasSlice != true && state.Queue.Sliced.Length >= options.SlicesMax)
        {
            var queued = state.Queue.WorkReserved;
            if (holder?.Reservation is not null)
                queued = queued.Without(demand);
            var wait = Forecaster.WaitFor(state, now, queued, demand.Gpus);
            return reservation with
            {
                EarliestStart = Soonest(Later(now + wait, funded.At), now),
                Basis = StartBasis.Estimate,
                IntendedSlice = [],
            };
        }
        var plan = PlanSlice(demand, funded.Cover, now);
        var (start, basis) = (plan.At, StartBasis.Fit);
        var lead = now + options.ActivationLead;
        if (funded.At <= lead && FirstRoomByCuts(demand, funded.Cover, now, lead, start) is { } room)
            (start, basis) = (room, StartBasis.Cuts);
        // Who was cut again and again comes back when it can stay.
        var comesBack = holder is not null ? holder.ComesBackAt : WaitingRun.ComebackOf(demand, now);
        if (funded.Cover.IsRecallable && comesBack is { } back && back > start)
            start = back;
        if (funded.At > now && funded.At >= start)
            (start, basis) = (funded.At, funded.IsOpening ? StartBasis.Window : StartBasis.Funding);
        return reservation with { EarliestStart = Soonest(start, now), Basis = basis, IntendedSlice = plan.Slice };
    }

    /// <summary>
    /// The slice that is free first if unfunded work yields, or as soon as it is free by itself where cutting that work
    /// would not be worth while.
    /// </summary>
    private (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At) PlanSlice(
        Demand demand, Cover cover, DateTimeOffset now)
    {
        var ahead = state.Queue.PlannedBefore(demand);
        var ifAllYield = slices.Plan(demand, cover, ahead, now);
        if (state.Funding.UnfundedGpus == 0 || !cover.IsFunded || couldMakeRoom is null
            || couldMakeRoom(demand, cover, now, Soonest(ifAllYield.At, now)))
            return ifAllYield;
        var ifNobodyYields = slices.PlanWithoutCuts(demand, cover, ahead, now);
        return ifNobodyYields.At > ifAllYield.At ? ifNobodyYields : ifAllYield;
    }

    /// <summary>
    /// The first instant from the activation lead on at which cuts could make room for a demand, if that is before it
    /// fits by itself. Time alone changes who may be cut only when a run's protected time ends.
    /// </summary>
    private DateTimeOffset? FirstRoomByCuts(
        Demand demand, Cover cover, DateTimeOffset now, DateTimeOffset lead, DateTimeOffset fit)
    {
        if (couldMakeRoom is null || fit <= lead)
            return null;
        if (couldMakeRoom(demand, cover, now, lead))
            return lead;
        var (first, last) = (lead.UtcTicks, lead.UtcTicks);
        foreach (var run in state.RunningRuns)
        {
            if (WorkAtRisk.ProtectedUntil(run) is var end && end > last && end < fit.UtcTicks)
                last = end;
        }
        if (last == first || !couldMakeRoom(demand, cover, now, Instant(last)))
        {
            // In the end its claim is served whatever is lost.
            var served = (state.Queue.Find(demand.Run)?.Since ?? now) + options.ClaimWaitMax;
            return served > lead && served < fit && couldMakeRoom(demand, cover, now, served) ? served : null;
        }
        DateTimeOffset[] ends = [.. state.RunningRuns.Select(WorkAtRisk.ProtectedUntil)
            .Where(end => end > first && end <= last).Distinct().Order().Select(Instant)];
        var (tooEarly, enough) = (-1, ends.Length - 1);
        while (enough - tooEarly > 1)
        {
            var middle = (tooEarly + enough) / 2;
            (tooEarly, enough) = couldMakeRoom(demand, cover, now, ends[middle])
                ? (tooEarly, middle) : (middle, enough);
        }
        return ends[enough];
    }

    private static DateTimeOffset Instant(long ticks) => new(ticks, TimeSpan.Zero);

    private bool MayReserve(Demand demand, WaitingRun? waiting, int ahead)
    {
        if (state.Queue.Reserved >= options.ReservationsMax)
            return false;
        if (state.Funding.HasReservableOpenings)
            return true;
        return (ahead < options.LaterFundedMax && payers.MayFundLater(demand, waiting))
            || !payers.IsCommittedToOthers(demand, waiting);
    }

    /// <summary>Not before a replan is allowed again.</summary>
    private DateTimeOffset Soonest(DateTimeOffset start, DateTimeOffset now) => Later(start, now + options.ReplanMin);

    private int Deficit(Demand demand) => Math.Max(0, demand.Gpus - state.Fleet.Free);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static LedgerEntry Lapse(Demand demand, DateTimeOffset now) => new() { At = now, Lapse = demand.Run };
}

using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>Makes and replans reservations: decides when and on which slots a fundable demand will fit.</summary>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the waiting runs.</param>
/// <param name="options">Limits and times.</param>
internal sealed class ReservationPlanner(FlavorState state, WaitingPayers payers, SchedulerOptions options)
{
    private readonly SlicePlanner slices = new(state);

    /// <summary>
    /// Reserves for a demand that can be funded beside the commitments ahead of it, now or when a window opens. Null if
    /// it cannot be funded, or can never fit.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it now, without regard to commitments.</param>
    /// <param name="now">The instant.</param>
    public Reservation? TryReserve(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (!MayReserve(demand, cover))
            return null;
        var committed = state.Queue.CommittedAhead(demand);
        var uncommitted = cover.IsFunded ? state.Funding.Cover(demand, committed) : cover;
        // A window that opens may still fund what is now committed to reservations ahead.
        var funding = uncommitted.IsFunded ? (At: now, Cover: uncommitted)
            : state.Funding.FundableAt(demand, committed);
        if (funding is not { } funded)
            return null;
        var nodes = Gang.NodesFor(state.Fleet, demand, funded.Cover);
        if (!SlicePlanner.CanEverFit(state.Fleet, demand, nodes))
            return null;

        var reservation = new Reservation { Run = demand.Run, Made = now, EarliestStart = now,
            Payers = funded.Cover.Payers(), DeficitGPUs = Deficit(demand) };
        var ahead = state.Queue.Ahead(demand, options.SlicesMax);
        if (ahead.Length >= options.SlicesMax)
        {
            var wait = Forecaster.WaitFor(state, now, state.Queue.ReservedGpus + demand.Gpus);
            return reservation with { EarliestStart = Start(now + wait, funded.At, now) };
        }
        var plan = slices.Plan(demand, nodes, ahead, now);
        return reservation with { EarliestStart = Start(plan.At, funded.At, now), IntendedSlice = plan.Slice };
    }

    /// <summary>Replans a reservation. It lapses if it can never fit or is no longer funded.</summary>
    /// <param name="waiting">The run that holds it.</param>
    /// <param name="now">The instant.</param>
    public LedgerEntry Renew(WaitingRun waiting, DateTimeOffset now)
    {
        var demand = waiting.RankedDemand;
        var cover = payers.CoverOf(demand, waiting);
        var funding = cover.IsFunded ? (At: now, Cover: cover) : state.Funding.FundableAt(demand);
        if (funding is not { } funded)
            return Lapse(demand, now);
        var nodes = Gang.NodesFor(state.Fleet, demand, funded.Cover);
        if (!SlicePlanner.CanEverFit(state.Fleet, demand, nodes))
            return Lapse(demand, now);

        var plan = slices.Plan(demand, nodes, state.Queue.Ahead(demand, options.SlicesMax), now);
        return new LedgerEntry
        {
            At = now,
            Reserve = waiting.Reservation! with
            {
                EarliestStart = Start(plan.At, funded.At, now),
                IntendedSlice = plan.Slice,
                Payers = funded.Cover.Payers(),
                DeficitGPUs = Deficit(demand),
            },
        };
    }

    private bool MayReserve(Demand demand, Cover cover)
    {
        if (state.Queue.Reserved >= options.ReservationsMax)
            return false;
        if (state.Funding.HasReservableOpenings)
            return true;
        return cover.IsFunded && !payers.IsCommittedToOthers(demand);
    }

    /// <summary>
    /// The earliest start. Not before its slots are free, its funding is available, and a replan is allowed again.
    /// </summary>
    private DateTimeOffset Start(DateTimeOffset isFree, DateTimeOffset isFunded, DateTimeOffset now)
    {
        var start = isFree > isFunded ? isFree : isFunded;
        var soonest = now + options.ReplanMin;
        return start > soonest ? start : soonest;
    }

    private int Deficit(Demand demand) => Math.Max(0, demand.Gpus - state.Fleet.Free);

    private static LedgerEntry Lapse(Demand demand, DateTimeOffset now) => new() { At = now, Lapse = demand.Run };
}

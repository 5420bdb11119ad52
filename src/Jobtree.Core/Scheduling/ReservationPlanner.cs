using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>Makes reservations and plans them anew: when will a fundable demand fit, and on which slots.</summary>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the runs that wait.</param>
/// <param name="options">Limits and times.</param>
internal sealed class ReservationPlanner(FlavorState state, WaitingPayers payers, SchedulerOptions options)
{
    private readonly SlicePlanner slices = new(state);

    /// <summary>
    /// A reservation for a demand that is funded beside what is committed to those ahead of it, now or when a window
    /// opens; null: it is not, or it can never fit.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it now, commitments aside.</param>
    /// <param name="now">The instant.</param>
    public Reservation? TryReserve(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (!MayReserve(demand, cover))
            return null;
        var committed = state.Queue.CommittedAhead(demand);
        var uncommitted = cover.IsFunded ? state.Funding.Cover(demand, committed) : cover;
        // What is committed to those ahead now may still be funded by a window that opens.
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

    /// <summary>Plans a reservation anew; one that can never fit, or is no longer funded, lapses.</summary>
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

    /// <summary>A start is not before its slots are free or its funding is there, nor planned anew too soon.</summary>
    private DateTimeOffset Start(DateTimeOffset isFree, DateTimeOffset isFunded, DateTimeOffset now)
    {
        var start = isFree > isFunded ? isFree : isFunded;
        var soonest = now + options.ReplanMin;
        return start > soonest ? start : soonest;
    }

    private int Deficit(Demand demand) => Math.Max(0, demand.Gpus - state.Fleet.Free);

    private static LedgerEntry Lapse(Demand demand, DateTimeOffset now) => new() { At = now, Lapse = demand.Run };
}

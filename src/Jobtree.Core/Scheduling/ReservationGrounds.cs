using Jobtree.Core.Contention;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// What a reservation rests on: its payers, their windows, and the nodes of its slice and where they are. Looks at all
/// reservations when one of these changed, so that one whose ground is gone lapses or is planned anew at once.
/// </summary>
/// <remarks>
/// What it asks depends on budgets, windows and nodes only, and a reservation that was just planned always stands. So
/// it finds nothing again after a restart, and the memory of the last look only saves time.
/// </remarks>
/// <param name="state">The flavor.</param>
internal sealed class ReservationGrounds(FlavorState state)
{
    private (long Layouts, long Terms, long Amendments)? looked;

    /// <summary>The first reservation, in queue order, whose ground is gone. Null if all stand.</summary>
    public WaitingRun? FirstFallen()
    {
        var present = (state.Fleet.Layouts, state.Funding.TermsVersion, state.Queue.Amendments);
        if (looked == present)
            return null;
        var inOrder = state.Queue.InReservedOrder;
        for (var i = 0; i < inOrder.Length; i++)
        {
            if (!Stands(inOrder[i]))
                return inOrder[i];
        }
        looked = present;
        return null;
    }

    /// <summary>Whether a slice exists, takes new work, and lies where the run may run and some payer pays.</summary>
    public static bool StandsOn(
        FlavorState state, Demand demand, IReadOnlyList<NodeSlots> slice, IReadOnlyList<EnvelopeKey> payers)
    {
        if (FirstLost(state, slice) is not null || !HoldsShape(state, demand, slice))
            return false;
        if (demand.Selector is null && !state.Funding.HasSelectors)
            return true;
        var places = payers.Select(payer => state.Fleet.Eligible(
            demand.Selector, state.Funding.TermsOf(payer)?.Selector)).ToArray();
        foreach (var slots in slice)
        {
            var node = state.Fleet.Placed(slots.Node)!;
            if (!Array.Exists(places, place => place.Matches(node)))
                return false;
        }
        return true;
    }

    /// <summary>The first node of a slice that is gone, takes no new work, or lacks the slots.</summary>
    public static string? FirstLost(FlavorState state, IReadOnlyList<NodeSlots> slice)
    {
        for (var i = 0; i < slice.Count; i++)
        {
            if (state.Fleet.Placed(slice[i].Node) is not { Spec.State: NodeState.Ready } node
                || (slice[i].Mask & ~node.All) != 0)
                return slice[i].Node;
        }
        return null;
    }

    /// <summary>Whether a slice still holds a demand's groups: a node may have been given to another rack.</summary>
    private static bool HoldsShape(FlavorState state, Demand demand, IReadOnlyList<NodeSlots> slice)
    {
        if (slice.Count == 0 || !demand.KeepsTogether())
            return true;
        var shape = new SliceShape(demand, state.Fleet.Domains.Count);
        for (var i = 0; i < slice.Count; i++)
            shape.Add(state.Fleet.Placed(slice[i].Node)!, slice[i].Count);
        return shape.IsHeld;
    }

    private bool Stands(WaitingRun waiting)
    {
        var reservation = waiting.Reservation!;
        var payers = reservation.Payers;
        if (payers.Count == 0)
            return false; // It asks for something else now.
        for (var i = 0; i < payers.Count; i++)
        {
            if (!state.Funding.MayPromise(payers[i], reservation.EarliestStart))
                return false;
        }
        return state.CanEverFit(waiting.Demand) && state.Funding.CouldEverFund(waiting.RankedDemand)
            && (!waiting.HasSlice || StandsOn(state, waiting.Demand, reservation.IntendedSlice, payers));
    }
}

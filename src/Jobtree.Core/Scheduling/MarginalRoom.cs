using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// GPUs that only some work may take, for a demand that does not fit on the free ones: spare slots for wholly unfunded
/// work, which yields to a swap, and idle slots of draining nodes for work that ends before the node is to be empty.
/// </summary>
internal static class MarginalRoom
{
    /// <summary>
    /// A what-if in which the slots that a demand may take beside the free ones count as free. Null if there are none,
    /// or too few.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="isWhollyUnfunded">Whether nothing of it would be funded. A filler has no spares of its own: their
    /// slots would have two.</param>
    /// <param name="now">When it would start.</param>
    /// <param name="waiting">The demand's place in the queue, if it is waiting.</param>
    public static SlotOverlay? For(
        FlavorState state, Demand demand, bool isWhollyUnfunded, DateTimeOffset now, WaitingRun? waiting)
    {
        var fleet = state.Fleet;
        if (fleet.Marginal == 0 || demand.Gpus > fleet.Free + fleet.Marginal)
            return null;
        var mayFill = isWhollyUnfunded && demand.SparesPerGroup == 0;
        // A duration that was only learnt does not say when this run ends.
        var end = now + state.ExpectedDuration(demand);
        var endsBy = demand.ExpectedDuration is null ? DateTimeOffset.MaxValue : end;
        SlotOverlay? overlay = null;
        foreach (var domain in fleet.Domains)
        {
            if (domain.Marginal == 0)
                continue;
            foreach (var node in domain.Nodes)
            {
                if (node.Draining != 0 && endsBy <= node.Spec.EmptyBy)
                    (overlay ??= Begin()).OpenNode(node);
                else if (mayFill && node.Fillable != 0)
                    (overlay ??= Begin()).OpenSpares(node);
            }
        }
        return overlay;

        SlotOverlay Begin() => isWhollyUnfunded ? new SlotOverlay(fleet)
            : ReservedSlices.AheadOf(state, demand, end, waiting, null).Overlay ?? new SlotOverlay(fleet);
    }
}

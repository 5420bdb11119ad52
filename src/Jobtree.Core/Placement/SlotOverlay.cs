using System.Numerics;
using System.Runtime.InteropServices;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// A what-if over the fleet. Freed slots count as free though they are taken (work that would be cut). Blocked slots
/// count as taken though they are free (slices of reservations). Domains with neither are read from their summaries.
/// </summary>
/// <remarks>
/// A slot may be under a spare lease and under the active lease of a filler. It is free once both are freed. To place a
/// filler, free the spare alone.
/// </remarks>
public sealed class SlotOverlay
{
    private readonly Dictionary<PlacedNode, NodeChange> byNode;
    private readonly ulong[] touched;
    private readonly Fleet fleet;
    private ((long Openings, int Free) At, int Gpus)? freeOutside;

    /// <summary>Creates an overlay without changes. It is valid until a node is added, changed or removed.</summary>
    /// <param name="fleet">The underlying fleet.</param>
    /// <param name="nodes">The number of nodes it will change, if known.</param>
    public SlotOverlay(Fleet fleet, int nodes = 0) =>
        (this.fleet, byNode, touched) = (fleet, new(nodes), new ulong[(fleet.Domains.Count + 63) / 64]);

    /// <summary>Whether the overlay changes nothing.</summary>
    public bool IsEmpty => byNode.Count == 0;

    /// <summary>Counts slots as free of a lease.</summary>
    /// <param name="slots">Slots under a lease.</param>
    /// <param name="role">The lease's role.</param>
    public void Free(NodeSlots slots, LeaseRole role = LeaseRole.Active)
    {
        if (fleet.Placed(slots.Node) is not { } node)
            return;
        ref var change = ref Touch(node);
        if (role == LeaseRole.Active)
            change.FreedActive |= slots.Mask;
        else
            change.FreedSpare |= slots.Mask;
    }

    /// <summary>Counts slots as free of any lease, also of a spare.</summary>
    /// <param name="slots">The slots.</param>
    public void FreeWholly(NodeSlots slots)
    {
        Free(slots, LeaseRole.Active);
        Free(slots, LeaseRole.Spare);
    }

    /// <summary>Counts freed slots as taken again.</summary>
    /// <param name="slots">Slots passed to <see cref="Free"/> before.</param>
    /// <param name="role">The role passed with them.</param>
    public void Unfree(NodeSlots slots, LeaseRole role = LeaseRole.Active)
    {
        if (fleet.Placed(slots.Node) is not { } node)
            return;
        ref var change = ref Touch(node);
        if (role == LeaseRole.Active)
            change.FreedActive &= ~slots.Mask;
        else
            change.FreedSpare &= ~slots.Mask;
    }

    /// <summary>Counts slots as taken.</summary>
    /// <param name="slots">The slots to block.</param>
    public void Block(NodeSlots slots)
    {
        if (fleet.Placed(slots.Node) is { } node)
            Touch(node).Blocked |= slots.Mask;
    }

    /// <summary>Counts blocked slots as they are again.</summary>
    /// <param name="slots">The slots.</param>
    internal void Unblock(NodeSlots slots)
    {
        if (fleet.Placed(slots.Node) is { } node)
            Touch(node).Blocked &= ~slots.Mask;
    }

    /// <summary>Counts the spare slots of a node as free, for a filler.</summary>
    internal void OpenSpares(PlacedNode node) => Touch(node).FreedSpare |= node.Spare;

    /// <summary>Counts the idle slots of a node as free that takes no work in general.</summary>
    internal void OpenNode(PlacedNode node) => Touch(node).IsOpen = true;

    /// <summary>Counts the slots of a slice as taken.</summary>
    /// <param name="slice">The slice.</param>
    public void Block(IReadOnlyList<NodeSlots> slice)
    {
        for (var i = 0; i < slice.Count; i++)
            Block(slice[i]);
    }

    /// <summary>GPUs that are free and not blocked.</summary>
    public int FreeOutside()
    {
        var at = (fleet.Openings, fleet.Free);
        if (freeOutside is { } known && known.At == at)
            return known.Gpus;
        var free = fleet.Free;
        foreach (var (node, change) in byNode)
            free -= BitOperations.PopCount(node.Free & change.Blocked);
        freeOutside = (at, free);
        return free;
    }

    internal bool Touches(FabricDomain domain) => (touched[domain.Ordinal / 64] >> domain.Ordinal & 1) != 0;

    internal ulong FreeOf(PlacedNode node)
    {
        if (!byNode.TryGetValue(node, out var change))
            return node.Free;
        if (node.Spec.State != NodeState.Ready && !change.IsOpen)
            return 0;
        var taken = (node.Active & ~change.FreedActive) | (node.Spare & ~change.FreedSpare);
        return node.All & ~taken & ~change.Blocked;
    }

    private ref NodeChange Touch(PlacedNode node)
    {
        touched[node.Domain.Ordinal / 64] |= 1UL << node.Domain.Ordinal;
        freeOutside = null;
        return ref CollectionsMarshal.GetValueRefOrAddDefault(byNode, node, out _);
    }

    private struct NodeChange
    {
        public ulong FreedActive;
        public ulong FreedSpare;
        public ulong Blocked;
        public bool IsOpen;
    }
}

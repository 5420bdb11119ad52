using System.Numerics;
using System.Runtime.InteropServices;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// A what-if over the fleet. Freed slots count as free though they are taken (work that would be cut). Blocked slots
/// count as taken though they are free (slices of reservations). Domains with neither are read from their summaries.
/// </summary>
public sealed class SlotOverlay
{
    private readonly Dictionary<PlacedNode, (ulong Freed, ulong Blocked)> byNode;
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

    /// <summary>Counts slots as free.</summary>
    /// <param name="slots">Slots under a lease.</param>
    public void Free(NodeSlots slots) => Change(slots.Node, slots.Mask, 0);

    /// <summary>Counts freed slots as taken again.</summary>
    /// <param name="slots">Slots passed to <see cref="Free"/> before.</param>
    public void Unfree(NodeSlots slots)
    {
        if (fleet.Placed(slots.Node) is not { } node)
            return;
        var (freed, blocked) = byNode[node];
        byNode[node] = (freed & ~slots.Mask, blocked);
    }

    /// <summary>Counts slots as taken.</summary>
    /// <param name="slots">The slots to block.</param>
    public void Block(NodeSlots slots) => Change(slots.Node, 0, slots.Mask);

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
        var freed = node.Spec.State == NodeState.Ready ? change.Freed : 0;
        return (node.Free | freed) & ~change.Blocked;
    }

    private void Change(string name, ulong freed, ulong blocked)
    {
        if (fleet.Placed(name) is not { } node)
            return;
        ref var change = ref CollectionsMarshal.GetValueRefOrAddDefault(byNode, node, out _);
        change = (change.Freed | freed, change.Blocked | blocked);
        touched[node.Domain.Ordinal / 64] |= 1UL << node.Domain.Ordinal;
        freeOutside = null;
    }
}

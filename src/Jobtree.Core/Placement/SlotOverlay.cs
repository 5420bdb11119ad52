using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// A what-if over the fleet: slots that count as free though they are taken (work that would be cut), and slots that count as taken though
/// they are free (slices that a reservation keeps). Domains without either are read from their summaries as ever.
/// </summary>
public sealed class SlotOverlay
{
    private readonly Dictionary<PlacedNode, (ulong Freed, ulong Kept)> byNode = [];
    private readonly HashSet<FabricDomain> touched = [];
    private readonly Fleet fleet;

    /// <summary>An overlay that changes nothing yet.</summary>
    /// <param name="fleet">The fleet below it.</param>
    public SlotOverlay(Fleet fleet) => this.fleet = fleet;

    /// <summary>Whether it changes nothing.</summary>
    public bool IsEmpty => byNode.Count == 0;

    /// <summary>Counts slots as free.</summary>
    /// <param name="slots">Slots under a lease.</param>
    public void Free(NodeSlots slots) => Change(slots.Node, slots.Mask, 0);

    /// <summary>Counts slots as under their lease again.</summary>
    /// <param name="slots">Slots given to <see cref="Free"/> before.</param>
    public void Unfree(NodeSlots slots)
    {
        if (fleet.Placed(slots.Node) is not { } node)
            return;
        var (freed, kept) = byNode[node];
        byNode[node] = (freed & ~slots.Mask, kept);
    }

    /// <summary>Counts slots as taken.</summary>
    /// <param name="slots">Slots to keep away from.</param>
    public void Keep(NodeSlots slots) => Change(slots.Node, 0, slots.Mask);

    /// <summary>GPUs that are free and not kept.</summary>
    public int FreeOutside()
    {
        var free = fleet.Free;
        foreach (var (node, change) in byNode)
            free -= BitOperations.PopCount(node.Free & change.Kept);
        return free;
    }

    internal bool Touches(FabricDomain domain) => touched.Contains(domain);

    internal ulong FreeOf(PlacedNode node)
    {
        if (!byNode.TryGetValue(node, out var change))
            return node.Free;
        var freed = node.Spec.State == NodeState.Ready ? change.Freed : 0;
        return (node.Free | freed) & ~change.Kept;
    }

    private void Change(string name, ulong freed, ulong kept)
    {
        if (fleet.Placed(name) is not { } node)
            return;
        var old = byNode.GetValueOrDefault(node);
        byNode[node] = (old.Freed | freed, old.Kept | kept);
        touched.Add(node.Domain);
    }
}

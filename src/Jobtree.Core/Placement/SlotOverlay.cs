using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// A what-if over the fleet: slots that count as free though they are taken (work that would be cut), and slots that count as taken though
/// they are free (slices that a reservation keeps). Domains without either are read from their summaries as ever.
/// </summary>
public sealed class SlotOverlay
{
    private readonly Dictionary<string, (ulong Freed, ulong Kept)> byNode = [];
    private readonly Dictionary<string, int> nodesByDomain = [];
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
        var (freed, kept) = byNode[slots.Node];
        byNode[slots.Node] = (freed & ~slots.Mask, kept);
    }

    /// <summary>Counts slots as taken.</summary>
    /// <param name="slots">Slots to keep away from.</param>
    public void Keep(NodeSlots slots) => Change(slots.Node, 0, slots.Mask);

    internal bool Touches(FabricDomain domain) => nodesByDomain.ContainsKey(domain.Name);

    internal ulong FreeOf(PlacedNode node)
    {
        if (!byNode.TryGetValue(node.Spec.Name, out var change))
            return node.Free;
        var freed = node.Spec.State == NodeState.Ready ? change.Freed : 0;
        return (node.Free | freed) & ~change.Kept;
    }

    private void Change(string name, ulong freed, ulong kept)
    {
        if (fleet.Placed(name) is not { } node)
            return;
        if (byNode.TryGetValue(name, out var old))
        {
            byNode[name] = (old.Freed | freed, old.Kept | kept);
            return;
        }
        byNode.Add(name, (freed, kept));
        nodesByDomain[node.Domain.Name] = nodesByDomain.GetValueOrDefault(node.Domain.Name) + 1;
    }
}

using System.Numerics;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Gathers slots in order of expected release until they hold a demand, then takes a slice from them.
/// </summary>
/// <param name="fleet">The fleet.</param>
/// <param name="demand">The demand.</param>
/// <param name="where">The nodes that it may use.</param>
/// <param name="reserved">The slots of the slices ahead, by node.</param>
internal sealed class SliceSearch(
    Fleet fleet, Demand demand, Eligibility where, Dictionary<string, ulong> reserved)
{
    private readonly SliceShape shape = new(demand, fleet.Domains.Count);
    private readonly List<(int Domain, NodeSlots Slots, long Released)> gathered = [];
    private long released;

    public bool IsHeld => shape.IsHeld;

    /// <summary>Sets when the slots that follow are released, in ticks from now. It never goes back.</summary>
    public void At(long remaining) => released = remaining;

    public void AddFree()
    {
        foreach (var domain in fleet.Domains)
        {
            if (domain.Free == 0)
                continue;
            foreach (var node in domain.Nodes)
            {
                if (node.Free is not 0 and var free)
                    Add(node, free & ~reserved.GetValueOrDefault(node.Spec.Name));
            }
        }
    }

    /// <summary>Adds the slots of a lease that ends. Slots of a filler are released with the spare beneath.</summary>
    public void AddReleased(Lease lease)
    {
        for (var i = 0; i < lease.Slots.Count; i++)
        {
            var slots = lease.Slots[i];
            if (fleet.Placed(slots.Node) is not { Spec.State: NodeState.Ready } node)
                continue;
            var kept = lease.Role == LeaseRole.Active ? node.Spare : 0;
            Add(node, slots.Mask & ~kept & ~reserved.GetValueOrDefault(slots.Node));
        }
    }

    public void AddReserved(IReadOnlyList<NodeSlots> slice)
    {
        for (var i = 0; i < slice.Count; i++)
        {
            var slots = slice[i];
            if (fleet.Placed(slots.Node) is { Spec.State: NodeState.Ready } node)
                Add(node, slots.Mask & reserved.GetValueOrDefault(slots.Node));
        }
    }

    /// <summary>
    /// The slice. With groups: whole groups from the domains with the most room. Without groups: one domain that holds
    /// all, or otherwise slots of any domain. Those that are released last are taken first, so that others may use
    /// those that are free before. For a level, those that the packer would take.
    /// </summary>
    public IReadOnlyList<NodeSlots> Slice()
    {
        var masks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        if (demand.Level is not null)
        {
            foreach (var slots in Packed().SelectMany(static part => part))
                masks[slots.Node] = masks.GetValueOrDefault(slots.Node) | slots.Mask;
            return [.. masks.Select(pair => new NodeSlots(pair.Key, pair.Value))];
        }
        var missing = shape.Gpus;
        var single = shape.Group == 1 ? gathered.FindIndex(slots => shape.GpusOf(slots.Domain) >= shape.Gpus) : -1;
        if (shape.Group == 1 && single < 0)
            Take(masks, missing, null);
        else if (shape.Group == 1)
            Take(masks, missing, gathered[single].Domain);
        else
            TakeGroups(masks, missing);
        return [.. masks.Select(pair => new NodeSlots(pair.Key, pair.Value))];
    }

    /// <summary>Places the demand on the gathered slots alone.</summary>
    private IReadOnlyList<NodeSlots>[] Packed()
    {
        var overlay = new SlotOverlay(fleet, reserved.Count + gathered.Count);
        foreach (var (node, mask) in reserved)
            overlay.Block(new NodeSlots(node, mask));
        foreach (var (_, slots, _) in gathered)
        {
            overlay.FreeWholly(slots);
            overlay.Unblock(slots);
        }
        var parts = demand.IsWhole()
            ? Enumerable.Range(0, demand.Groups()).Select(group => new PackPart(
                demand.GpusOfGroup(group), true, where, demand.SparesPerGroup)).ToArray()
            : [new PackPart(demand.GpusWithSpares(), false, where, demand.SparesPerGroup)];
        return Gang.Pack(fleet, parts, demand, overlay) ?? throw new InvalidOperationException(
            $"The slots gathered for {demand.Run} do not hold it, against their sums.");
    }

    private void TakeGroups(SortedDictionary<string, ulong> masks, int missing)
    {
        var left = gathered.Select(slots => slots.Domain).Distinct().ToDictionary(domain => domain, shape.GpusOf);
        while (missing > 0)
        {
            var group = missing > shape.Rest ? shape.Group : shape.Rest;
            var whole = left.Where(domain => domain.Value >= group).ToArray();

            // The last, smaller group prefers what the whole groups left over.
            var domain = (group < shape.Group ? whole.MinBy(domain => domain.Value)
                : whole.MaxBy(domain => domain.Value / shape.Group)).Key;
            Take(masks, group, domain);
            left[domain] -= group;
            missing -= group;
        }
    }

    private void Take(SortedDictionary<string, ulong> masks, int gpus, int? domain)
    {
        foreach (var (here, slots, _) in gathered.OrderByDescending(slots => slots.Released))
        {
            if (domain is not null && here != domain)
                continue;
            var taken = masks.GetValueOrDefault(slots.Node);
            for (var free = slots.Mask & ~taken; free != 0 && gpus > 0; gpus--)
            {
                var bit = free & (~free + 1);
                taken |= bit;
                free ^= bit;
            }
            if (taken != 0)
                masks[slots.Node] = taken;
            if (gpus == 0)
                return;
        }
    }

    private void Add(PlacedNode node, ulong mask)
    {
        if (mask == 0 || !where.Matches(node))
            return;
        gathered.Add((node.Domain.Ordinal, new NodeSlots(node.Spec.Name, mask), released));
        shape.Add(node, BitOperations.PopCount(mask));
    }
}

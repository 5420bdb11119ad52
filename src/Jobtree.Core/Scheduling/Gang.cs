using System.Runtime.InteropServices;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>Turns a covered demand into parts for the packer, and packed slots into leases.</summary>
internal static class Gang
{
    /// <summary>Places a demand on a fleet, all or nothing, and gives its leases. Null if it does not fit.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who pays for each part.</param>
    /// <param name="overlay">A what-if over the fleet's slots.</param>
    /// <param name="only">The one domain that it may use. Absent: any.</param>
    public static IReadOnlyList<OpeningLease>? TryPlace(
        Fleet fleet, Demand demand, Cover cover, SlotOverlay? overlay, FabricDomain? only = null)
    {
        var chunks = cover.Chunks;
        if (chunks.Count == 1)
            return TryPlaceOne(fleet, demand, chunks[0], overlay, only);

        // A group and its spares must share a domain, so they are packed as one part and split afterwards.
        var parts = new List<PackPart>();
        var members = new List<List<CoverChunk>>();
        foreach (var chunk in chunks)
        {
            var where = Where(fleet, demand, chunk);
            if (demand.GroupGpus > 0 && members.Count > 0 && members[^1][0].Group == chunk.Group)
            {
                members[^1].Add(chunk);
                var together = ReferenceEquals(parts[^1].Where, where) ? where
                    : fleet.Eligible(demand.Selector, members[^1][0].PlaceSelector, chunk.PlaceSelector);
                parts[^1] = parts[^1] with { Gpus = parts[^1].Gpus + chunk.Gpus, Where = together };
                continue;
            }
            members.Add([chunk]);
            parts.Add(new PackPart(chunk.Gpus, demand.GroupGpus > 0, where));
        }
        var placed = Packer.TryPack(fleet, CollectionsMarshal.AsSpan(parts), demand.OneDomain, overlay, only);
        if (placed is null)
            return null;
        var leases = new List<OpeningLease>(chunks.Count);
        for (var i = 0; i < placed.Length; i++)
        {
            var rest = placed[i];
            foreach (var chunk in members[i])
                leases.Add(Lease(chunk, leases.Count, Split(ref rest, chunk.Gpus)));
        }
        return leases;
    }

    /// <summary>
    /// The nodes that a demand can use, if all its parts are paid in the same place. Null if they are not: then each
    /// part has nodes of its own.
    /// </summary>
    public static Eligibility? NodesFor(Fleet fleet, Demand demand, Cover cover)
    {
        var selector = cover.Chunks[0].PlaceSelector;
        foreach (var chunk in cover.Chunks)
        {
            if (!ReferenceEquals(chunk.PlaceSelector, selector) && (chunk.IsBoundToPlace || selector is { Count: > 0 }))
                return null;
        }
        return Where(fleet, demand, cover.Chunks[0]);
    }

    private static IReadOnlyList<OpeningLease>? TryPlaceOne(
        Fleet fleet, Demand demand, CoverChunk chunk, SlotOverlay? overlay, FabricDomain? only)
    {
        var part = new PackPart(chunk.Gpus, demand.GroupGpus > 0, Where(fleet, demand, chunk));
        var placed = Packer.TryPack(fleet, [part], demand.OneDomain, overlay, only);
        return placed is null ? null : [Lease(chunk, 0, placed[0])];
    }

    private static Eligibility Where(Fleet fleet, Demand demand, CoverChunk chunk) =>
        demand.Selector is null && chunk.PlaceSelector is null
            ? Eligibility.Everywhere : fleet.Eligible(demand.Selector, chunk.PlaceSelector);

    private static OpeningLease Lease(CoverChunk chunk, int index, IReadOnlyList<NodeSlots> slots) =>
        new() { Group = chunk.Group, Chunk = index, Role = chunk.Role, Payer = chunk.Payer, Slots = slots };

    /// <summary>Removes the first GPUs from a list of slots, and returns them.</summary>
    private static List<NodeSlots> Split(ref IReadOnlyList<NodeSlots> slots, int gpus)
    {
        var taken = new List<NodeSlots>();
        var rest = new List<NodeSlots>();
        foreach (var here in slots)
        {
            var mask = 0UL;
            for (var left = here.Mask; left != 0 && gpus > 0; gpus--)
            {
                var bit = left & (~left + 1);
                mask |= bit;
                left ^= bit;
            }
            if (mask != 0)
                taken.Add(here with { Mask = mask });
            if ((here.Mask & ~mask) != 0)
                rest.Add(here with { Mask = here.Mask & ~mask });
        }
        slots = rest;
        return taken;
    }
}

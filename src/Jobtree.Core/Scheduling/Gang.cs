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
    /// <param name="only">The one place that it may use. Absent: any.</param>
    public static IReadOnlyList<OpeningLease>? TryPlace(
        Fleet fleet, Demand demand, Cover cover, SlotOverlay? overlay, PlacementArea? only = null)
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
            if (members.Count > 0 && IsOnePart(demand, members[^1], chunk, parts[^1].Where, where))
            {
                members[^1].Add(chunk);
                var together = ReferenceEquals(parts[^1].Where, where) ? where
                    : fleet.Eligible([demand.Selector, .. members[^1].Select(static member => member.PlaceSelector)]);
                parts[^1] = parts[^1] with { Gpus = parts[^1].Gpus + chunk.Gpus, Where = together,
                    Spares = parts[^1].Spares + (chunk.Role == LeaseRole.Spare ? chunk.Gpus : 0) };
                continue;
            }
            members.Add([chunk]);
            parts.Add(new PackPart(chunk.Gpus, demand.IsWhole(), where));
        }
        var placed = Pack(fleet, CollectionsMarshal.AsSpan(parts), demand, overlay, only);
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

    /// <summary>Places parts as a demand asks for its locality.</summary>
    public static IReadOnlyList<NodeSlots>[]? Pack(
        Fleet fleet, Span<PackPart> parts, Demand demand, SlotOverlay? overlay, PlacementArea? only = null)
    {
        if (only is { Unit: { } unit })
        {
            foreach (ref var part in parts)
                part = part with { Where = part.Where.Within(only.Domain, unit, only.Level) };
        }
        return demand.Level is { } level
            ? LevelPacker.TryPack(fleet, parts, level, demand.LevelRequired, demand.OneDomain, overlay, only?.Domain)
            : Packer.TryPack(fleet, parts, demand.OneDomain, overlay, only?.Domain);
    }

    /// <summary>Whether a chunk is packed together with those before it.</summary>
    private static bool IsOnePart(
        Demand demand, List<CoverChunk> members, CoverChunk chunk, Eligibility where, Eligibility whereChunk) =>
        members[0].Group == chunk.Group
            && (demand.IsWhole() || (demand.Level is not null && ReferenceEquals(where, whereChunk)));

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
        Fleet fleet, Demand demand, CoverChunk chunk, SlotOverlay? overlay, PlacementArea? only)
    {
        Span<PackPart> part = [new PackPart(chunk.Gpus, demand.IsWhole(), Where(fleet, demand, chunk))];
        var placed = Pack(fleet, part, demand, overlay, only);
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

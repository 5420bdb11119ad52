using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// Chooses slots for a gang, all or nothing. Deterministic: the same fleet and parts give the same slots.
/// </summary>
/// <remarks>
/// The GPUs of a domain differ only by their node. So whether parts fit is arithmetic over domains, and only the nodes
/// of the chosen domains are read. Each level is best fit, which keeps free capacity as whole as possible. A part that
/// fits on one node goes to the node with the least room for it, in the fullest domain that has such a node. Other
/// parts fill the domain with the most room until the rest fits in one domain, then go to the tightest that holds it.
/// Nodes inside a domain are chosen the same way. Ties go to the first name.
/// </remarks>
public sealed class Packer
{
    private readonly Fleet fleet;
    private readonly SlotOverlay? overlay;
    private readonly FabricDomain? only;
    private Dictionary<PlacedNode, ulong>? chosen;

    private Packer(Fleet fleet, SlotOverlay? overlay, FabricDomain? only = null) =>
        (this.fleet, this.overlay, this.only) = (fleet, overlay is { IsEmpty: false } ? overlay : null, only);

    /// <summary>Places parts.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="parts">The parts, in order.</param>
    /// <param name="oneDomain">Whether all parts must share one fabric domain.</param>
    /// <param name="overlay">A what-if over the fleet's slots.</param>
    /// <returns>The slots of each part in node order. Null if not all parts fit.</returns>
    public static IReadOnlyList<NodeSlots>[]? TryPack(
        Fleet fleet, ReadOnlySpan<PackPart> parts, bool oneDomain, SlotOverlay? overlay = null) =>
        TryPack(fleet, parts, oneDomain, overlay, null);

    /// <summary>Places parts, in one given domain or anywhere.</summary>
    internal static IReadOnlyList<NodeSlots>[]? TryPack(
        Fleet fleet, ReadOnlySpan<PackPart> parts, bool oneDomain, SlotOverlay? overlay, FabricDomain? only)
    {
        var packer = new Packer(fleet, overlay, only);
        if (parts.Length == 1 && parts[0] is { Gpus: <= Node.GpusMax } part && packer.OneNode(part) is { } node)
            return [[new NodeSlots(node.Spec.Name, Lowest(packer.FreeOf(node), part.Gpus))]];
        return only is null && oneDomain ? packer.PackOneDomain(parts) : packer.Pack(parts, only);
    }

    /// <summary>The number of free GPUs on the eligible nodes.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="where">The nodes that count.</param>
    /// <param name="overlay">A what-if over the fleet's slots.</param>
    public static int Room(Fleet fleet, Eligibility where, SlotOverlay? overlay = null)
    {
        var packer = new Packer(fleet, overlay);
        var room = 0;
        foreach (var domain in fleet.Domains)
            room += packer.FreeIn(domain, where);
        return room;
    }

    private IReadOnlyList<NodeSlots>[]? PackOneDomain(ReadOnlySpan<PackPart> parts)
    {
        var total = 0;
        foreach (var part in parts)
            total += part.Gpus;
        foreach (var domain in fleet.Domains.Where(domain => overlay is not null || domain.Free >= total)
            .OrderBy(domain => domain.Free))
        {
            if (Pack(parts, domain) is { } placed)
                return placed;
            chosen?.Clear();
        }
        return null;
    }

    private IReadOnlyList<NodeSlots>[]? Pack(ReadOnlySpan<PackPart> parts, FabricDomain? within)
    {
        var placed = new IReadOnlyList<NodeSlots>[parts.Length];
        foreach (var run in Runs(fleet, overlay, parts))
        {
            if (!PackAlike(parts, run, within, placed))
                return null;
        }
        return placed;
    }

    /// <summary>
    /// Groups parts with the same placement constraints, as lists of indexes. The most restricted come first, so that
    /// less restricted parts do not take their place.
    /// </summary>
    internal static List<List<int>> Runs(Fleet fleet, SlotOverlay? overlay, ReadOnlySpan<PackPart> parts)
    {
        var runs = new List<List<int>>(1);
        for (var i = 0; i < parts.Length; i++)
        {
            var run = FindRun(runs, parts, i);
            if (run is null)
                runs.Add(run = []);
            run.Add(i);
        }
        if (runs.Count > 1)
        {
            var room = new Dictionary<List<int>, int>();
            foreach (var run in runs)
                room[run] = Room(fleet, parts[run[0]].Where, overlay);
            runs = [.. runs.OrderBy(run => room[run])];
        }
        return runs;
    }

    private static List<int>? FindRun(List<List<int>> runs, ReadOnlySpan<PackPart> parts, int index)
    {
        foreach (var run in runs)
        {
            if (ReferenceEquals(parts[run[0]].Where, parts[index].Where) && parts[run[0]].Whole == parts[index].Whole)
                return run;
        }
        return null;
    }

    private bool PackAlike(ReadOnlySpan<PackPart> parts, List<int> run, FabricDomain? within,
        IReadOnlyList<NodeSlots>[] placed)
    {
        var where = parts[run[0]].Where;
        var free = new int[fleet.Domains.Count];
        foreach (var domain in fleet.Domains)
            free[domain.Ordinal] = within is null || ReferenceEquals(domain, within) ? FreeIn(domain, where) : 0;

        return parts[run[0]].Whole
            ? PackWhole(parts, run, free, where, placed) : PackLoose(parts, run, free, where, placed);
    }

    private bool PackWhole(ReadOnlySpan<PackPart> parts, List<int> run, int[] free, Eligibility where,
        IReadOnlyList<NodeSlots>[] placed)
    {
        var next = 0;
        while (next < run.Count)
        {
            var rest = 0;
            for (var i = next; i < run.Count; i++)
                rest += parts[run[i]].Gpus;
            var ordinal = Tightest(free, rest);
            if (ordinal < 0)
                ordinal = RoomiestFor(free, parts[run[next]].Gpus);
            if (ordinal < 0 || free[ordinal] < parts[run[next]].Gpus)
                return false;
            for (; next < run.Count && parts[run[next]].Gpus <= free[ordinal]; next++)
            {
                placed[run[next]] = Choose(fleet.Domains[ordinal], parts[run[next]].Gpus, where);
                free[ordinal] -= parts[run[next]].Gpus;
            }
        }
        return true;
    }

    private bool PackLoose(ReadOnlySpan<PackPart> parts, List<int> run, int[] free, Eligibility where,
        IReadOnlyList<NodeSlots>[] placed)
    {
        var rest = 0;
        foreach (var index in run)
            rest += parts[index].Gpus;
        if (free.Sum() < rest)
            return false;
        var current = -1;
        foreach (var index in run)
        {
            var slots = new List<NodeSlots>();
            for (var missing = parts[index].Gpus; missing > 0;)
            {
                if (current < 0 || free[current] == 0)
                    current = Tightest(free, rest) is >= 0 and var tightest ? tightest : RoomiestFor(free, 1);
                var taken = Math.Min(missing, free[current]);
                slots.AddRange(Choose(fleet.Domains[current], taken, where));
                free[current] -= taken;
                missing -= taken;
                rest -= taken;
            }
            slots.Sort((left, right) => string.CompareOrdinal(left.Node, right.Node));
            placed[index] = slots;
        }
        return true;
    }

    /// <summary>
    /// The domain with the least sufficient room, or the first by name among equals. -1 if there is none.
    /// </summary>
    private static int Tightest(int[] free, int gpus)
    {
        var best = -1;
        for (var i = 0; i < free.Length; i++)
        {
            if (free[i] >= gpus && (best < 0 || free[i] < free[best]))
                best = i;
        }
        return best;
    }

    /// <summary>
    /// The domain with room for the most units of a width, or the first by name among equals. -1 if none has room for
    /// one.
    /// </summary>
    private static int RoomiestFor(int[] free, int unit)
    {
        var best = -1;
        for (var i = 0; i < free.Length; i++)
        {
            if (free[i] >= unit && (best < 0 || free[i] / unit > free[best] / unit))
                best = i;
        }
        return best;
    }

    /// <summary>
    /// Takes slots from a domain with enough room: the largest nodes whole, then the tightest node for the rest.
    /// </summary>
    private List<NodeSlots> Choose(FabricDomain domain, int gpus, Eligibility where)
    {
        var slots = new List<NodeSlots>();
        while (gpus > 0)
        {
            PlacedNode? tightest = null, largest = null;
            int tightestFree = int.MaxValue, largestFree = 0;
            foreach (var node in domain.Nodes)
            {
                if (!where.Matches(node))
                    continue;
                var free = BitOperations.PopCount(FreeOf(node));
                if (free >= gpus && free < tightestFree)
                    (tightest, tightestFree) = (node, free);
                if (free > largestFree)
                    (largest, largestFree) = (node, free);
            }
            var pick = tightest ?? largest ?? throw new InvalidOperationException(
                $"Domain {domain.Key} has less room than its summary says.");
            var mask = Lowest(FreeOf(pick), Math.Min(gpus, largestFree));
            chosen ??= [];
            chosen[pick] = chosen.GetValueOrDefault(pick) | mask;
            slots.Add(new NodeSlots(pick.Spec.Name, mask));
            gpus -= BitOperations.PopCount(mask);
        }
        if (slots.Count > 1)
            slots.Sort((left, right) => string.CompareOrdinal(left.Node, right.Node));
        return slots;
    }

    /// <summary>
    /// The node that can hold a part alone and has the least room, in the fullest domain with such a node.
    /// </summary>
    private PlacedNode? OneNode(PackPart part)
    {
        FabricDomain? best = null;
        int bestCount = int.MaxValue, bestFree = int.MaxValue;
        foreach (var domain in fleet.Domains)
        {
            if (only is not null && domain != only)
                continue;
            var counts = IsPlain(domain, part.Where) ? domain.FreeCounts : FreeCounts(domain, part.Where);
            counts >>= part.Gpus - 1;
            if (counts == 0)
                continue;
            var count = BitOperations.TrailingZeroCount(counts) + part.Gpus;
            if (count < bestCount || (count == bestCount && domain.Free < bestFree))
                (best, bestCount, bestFree) = (domain, count, domain.Free);
        }
        if (best is null)
            return null;
        foreach (var node in best.Nodes)
        {
            if (part.Where.Matches(node) && BitOperations.PopCount(FreeOf(node)) == bestCount)
                return node;
        }
        throw new InvalidOperationException(
            $"Domain {best.Key} has no node with {bestCount} GPUs free, against its summary.");
    }

    private bool IsPlain(FabricDomain domain, Eligibility where) =>
        overlay?.Touches(domain) != true && where.MatchesAll(domain);

    private int FreeIn(FabricDomain domain, Eligibility where)
    {
        if (chosen is not { Count: > 0 } && IsPlain(domain, where))
            return domain.Free;
        if (where.MatchesNone(domain))
            return 0;
        var free = 0;
        foreach (var node in domain.Nodes)
        {
            if (where.Matches(node))
                free += BitOperations.PopCount(FreeOf(node));
        }
        return free;
    }

    private ulong FreeCounts(FabricDomain domain, Eligibility where)
    {
        var counts = 0UL;
        if (where.MatchesNone(domain))
            return counts;
        foreach (var node in domain.Nodes)
        {
            if (where.Matches(node) && FreeOf(node) is not 0 and var free)
                counts |= 1UL << (BitOperations.PopCount(free) - 1);
        }
        return counts;
    }

    private ulong FreeOf(PlacedNode node)
    {
        var free = overlay?.FreeOf(node) ?? node.Free;
        return chosen is { Count: > 0 } && chosen.TryGetValue(node, out var taken) ? free & ~taken : free;
    }

    internal static ulong Lowest(ulong mask, int count)
    {
        var lowest = 0UL;
        for (; count > 0; count--)
        {
            var bit = mask & (~mask + 1);
            lowest |= bit;
            mask ^= bit;
        }
        return lowest;
    }
}

/// <summary>A part of a gang that is placed as one: a placement group, or ungrouped GPUs.</summary>
/// <param name="Gpus">Its width.</param>
/// <param name="Whole">Whether it must stay in one fabric domain.</param>
/// <param name="Where">The nodes it may use.</param>
/// <param name="Spares">How many of its GPUs are spares: these come last, and need not be in the unit of its level.
/// </param>
public readonly record struct PackPart(int Gpus, bool Whole, Eligibility Where, int Spares = 0)
{
    /// <summary>Its width without the spares.</summary>
    internal int Active => Gpus - Spares;
}

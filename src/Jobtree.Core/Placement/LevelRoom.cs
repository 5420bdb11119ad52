using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// The free GPUs of a fabric domain by unit while parts are placed on them, and the choice of units: as few of a level
/// as possible, each time the tightest that holds what is left, so that what stays free is as whole as possible.
/// </summary>
internal sealed class LevelRoom
{
    private readonly Topology topology;
    private readonly Eligibility where;
    private readonly LocalityLevel level;
    private readonly SlotOverlay? overlay;
    private readonly Dictionary<PlacedNode, ulong> chosen;
    private readonly int[] free;
    private (int Active, int Spares, LevelChoice Choice)? known;
    private (int Active, int Parts)? counted;

    /// <summary>Counts what is free in a domain.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="where">The nodes that count.</param>
    /// <param name="level">The level of which few units are to be used.</param>
    /// <param name="overlay">A what-if over the fleet's slots.</param>
    /// <param name="chosen">Slots that are taken already, and will be.</param>
    public LevelRoom(FabricDomain domain, Eligibility where, LocalityLevel level, SlotOverlay? overlay,
        Dictionary<PlacedNode, ulong> chosen)
    {
        (topology, this.where, this.level, this.overlay, this.chosen) =
            (domain.Levels(), where, level, overlay, chosen);
        if (chosen.Count == 0 && overlay?.Touches(domain) != true && where.MatchesAll(domain))
        {
            free = topology.Free.ToArray();
            return;
        }
        free = new int[topology.Free.Length];
        var nodes = topology.Nodes;
        for (var i = 0; i < nodes.Length; i++)
        {
            if (where.Matches(nodes[i]) && BitOperations.PopCount(FreeOf(nodes[i])) is > 0 and var gpus)
                topology.Change(free, i, gpus);
        }
    }

    /// <summary>GPUs that are free and not promised.</summary>
    public int Free => free[topology.Whole] - Promised;

    /// <summary>GPUs that are still to be taken for the spares of parts that are placed.</summary>
    public int Promised { get; set; }

    /// <summary>The units that a part would use here.</summary>
    /// <param name="active">Its GPUs.</param>
    /// <param name="spares">Its spares, which had better be in the same unit.</param>
    public LevelChoice Choose(int active, int spares)
    {
        if (known is not { } last || (last.Active, last.Spares) != (active, spares))
            known = last = (active, spares, Find(active, spares));
        return last.Choice;
    }

    /// <summary>How many parts fit, each within one unit.</summary>
    /// <param name="active">GPUs of each.</param>
    public int PartsInUnits(int active)
    {
        if (counted is { } last && last.Active == active)
            return last.Parts;
        var parts = 0;
        var (first, end) = topology.Within(topology.Whole, level);
        for (var unit = first; unit < end; unit++)
            parts += free[unit] / active;
        counted = (active, parts);
        return parts;
    }

    /// <summary>Whether some unit has room for a smaller part beside as many as fit of the others.</summary>
    /// <param name="active">GPUs of each of the others.</param>
    /// <param name="smaller">GPUs of the smaller part.</param>
    public bool LeavesRoom(int active, int smaller)
    {
        var (first, end) = topology.Within(topology.Whole, level);
        for (var unit = first; unit < end; unit++)
        {
            if (free[unit] % active >= smaller)
                return true;
        }
        return false;
    }

    /// <summary>Takes GPUs of the units that were chosen for them.</summary>
    /// <param name="gpus">How many.</param>
    /// <param name="choice">The choice.</param>
    /// <param name="slots">Receives the slots, by node.</param>
    public void Take(int gpus, LevelChoice choice, SortedDictionary<string, ulong> slots)
    {
        if (choice.Units == 1)
            TakeIn(choice.Area, topology.LevelOf(choice.Area) - 1, gpus, slots);
        else
            TakeIn(choice.Area, level, gpus, slots);
    }

    /// <summary>Takes spares as near to their group as possible; if its level is the node, on another one.</summary>
    /// <param name="gpus">How many.</param>
    /// <param name="near">The choice for the group. Null for nowhere in particular.</param>
    /// <param name="slots">Receives the slots, by node.</param>
    public void TakeSpares(int gpus, LevelChoice? near, SortedDictionary<string, ulong> slots)
    {
        var area = near is { Units: 1 } single ? single.Area : topology.Whole;
        // A spare on the node of its group would be lost with it.
        var (own, hidden) = topology.LevelOf(area) == LocalityLevel.Node ? (area, free[area]) : (area, 0);
        if (free[topology.Whole] - hidden < gpus)
            hidden = 0;
        if (hidden > 0)
            topology.Change(free, own, -hidden);
        while (free[area] < gpus)
            area = topology.Parent(area);
        TakeIn(area, topology.LevelOf(area) - 1, gpus, slots);
        if (hidden > 0)
            topology.Change(free, own, hidden);
    }

    private LevelChoice Find(int active, int spares)
    {
        var together = level == LocalityLevel.Node ? active : active + spares;
        var unit = Tightest(topology.Whole, level, together);
        if (unit < 0 && together > active)
            unit = Tightest(topology.Whole, level, active);
        if (unit >= 0)
            return new LevelChoice(unit, 1, free[unit]);
        // The narrowest of the areas in which the part needs the fewest units.
        var best = new LevelChoice(topology.Whole, UnitsIn(topology.Whole, active), 0);
        for (var wider = LocalityLevel.Block; wider > level; wider--)
        {
            var (first, end) = topology.Within(topology.Whole, wider);
            for (var area = first; area < end; area++)
            {
                if (free[area] < active)
                    continue;
                var units = UnitsIn(area, active);
                var isNarrower = topology.LevelOf(best.Area) > wider;
                if (units < best.Units || (units == best.Units && (isNarrower || free[area] < free[best.Area])))
                    best = new LevelChoice(area, units, 0);
            }
        }
        return best;
    }

    /// <summary>The least number of units of the level in an area that hold some GPUs. int.MaxValue if they do not.
    /// </summary>
    private int UnitsIn(int area, int gpus)
    {
        var (first, end) = topology.Within(area, level);
        var sizes = free[first..end];
        Array.Sort(sizes);
        var units = 0;
        for (var i = sizes.Length - 1; i >= 0 && gpus > 0; i--, units++)
            gpus -= sizes[i];
        return gpus > 0 ? int.MaxValue : units;
    }

    /// <summary>
    /// Takes GPUs of an area that has as many: its largest units whole, then the tightest that holds the rest, and in
    /// the same way within each.
    /// </summary>
    private void TakeIn(int area, LocalityLevel unitLevel, int gpus, SortedDictionary<string, ulong> slots)
    {
        if (topology.LevelOf(area) == LocalityLevel.Node)
        {
            TakeOf(area, gpus, slots);
            return;
        }
        while (gpus > 0)
        {
            var unit = Tightest(area, unitLevel, gpus);
            if (unit < 0)
                unit = Largest(area, unitLevel);
            var taken = Math.Min(gpus, free[unit]);
            Invariant.Holds(taken > 0, $"An area with {free[area]} GPUs free has no unit with any.");
            TakeIn(unit, unitLevel - 1, taken, slots);
            gpus -= taken;
        }
    }

    private void TakeOf(int index, int gpus, SortedDictionary<string, ulong> slots)
    {
        var node = topology.Nodes[index];
        var mask = Packer.Lowest(FreeOf(node), gpus);
        chosen[node] = chosen.GetValueOrDefault(node) | mask;
        slots[node.Spec.Name] = slots.GetValueOrDefault(node.Spec.Name) | mask;
        topology.Change(free, index, -gpus);
        (known, counted) = (null, null);
    }

    private int Tightest(int area, LocalityLevel unitLevel, int gpus)
    {
        var (first, end) = topology.Within(area, unitLevel);
        var best = -1;
        for (var unit = first; unit < end; unit++)
        {
            if (free[unit] >= gpus && (best < 0 || IsTighter(unit, best)))
                best = unit;
        }
        return best;
    }

    /// <summary>Whether a unit has less room than another of its level, or as much in a wider unit with less.</summary>
    private bool IsTighter(int unit, int other)
    {
        for (; unit != other; (unit, other) = (topology.Parent(unit), topology.Parent(other)))
        {
            if (free[unit] != free[other])
                return free[unit] < free[other];
        }
        return false;
    }

    private int Largest(int area, LocalityLevel unitLevel)
    {
        var (first, end) = topology.Within(area, unitLevel);
        var best = first;
        for (var unit = first + 1; unit < end; unit++)
        {
            if (free[unit] > free[best])
                best = unit;
        }
        return best;
    }

    private ulong FreeOf(PlacedNode node)
    {
        var slots = overlay?.FreeOf(node) ?? node.Free;
        return chosen.TryGetValue(node, out var taken) ? slots & ~taken : slots;
    }
}

/// <summary>The units that a part would use in a domain.</summary>
/// <param name="Area">The unit that holds it, or the area of which it uses several.</param>
/// <param name="Units">How many. int.MaxValue if the domain does not hold it.</param>
/// <param name="Free">GPUs that are free in the one unit; 0 if they are several.</param>
internal readonly record struct LevelChoice(int Area, int Units, int Free);

using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>
/// Chooses slots for a gang that asks for a level of the topology: all or nothing and deterministic, as
/// <see cref="Packer"/>, which places all others.
/// </summary>
/// <remarks>
/// <para>A part goes to the domain where it needs the fewest units, of those to one that holds all parts that are left,
/// and of those to the one with the tightest unit. If the level is required it takes one unit, and otherwise one that
/// holds it, or as few as possible. Spares are taken last, near their group.</para>
/// <para>With parts of one width and its spares, a domain has room for as many as its units hold without the spares, if
/// that many with spares are free. Each part uses up one such place, whatever unit it takes. So no choice of units
/// makes parts that are placed later fail, and whether a gang fits is told by these sums
/// (<see cref="Contention.SliceShape"/>).</para>
/// </remarks>
internal sealed class LevelPacker
{
    private readonly Fleet fleet;
    private readonly LocalityLevel level;
    private readonly bool isRequired;
    private readonly SlotOverlay? overlay;
    private readonly Dictionary<PlacedNode, ulong> chosen = [];
    private readonly LevelRoom?[] rooms;

    private LevelPacker(Fleet fleet, LocalityLevel level, bool isRequired, SlotOverlay? overlay) =>
        (this.fleet, this.level, this.isRequired, this.overlay, rooms) = (fleet, level, isRequired,
            overlay is { IsEmpty: false } ? overlay : null, new LevelRoom?[fleet.Domains.Count]);

    /// <summary>Places parts.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="parts">The parts, in order.</param>
    /// <param name="level">A level below the domain.</param>
    /// <param name="isRequired">Whether each part must lie in one unit of it. Then all parts are whole.</param>
    /// <param name="oneDomain">Whether all parts must share one fabric domain.</param>
    /// <param name="overlay">A what-if over the fleet's slots.</param>
    /// <param name="only">The one domain that may be used. Null: any.</param>
    /// <returns>The slots of each part: those of its GPUs in node order, then those of its spares. Null if not all
    /// parts fit.</returns>
    public static IReadOnlyList<NodeSlots>[]? TryPack(Fleet fleet, ReadOnlySpan<PackPart> parts, LocalityLevel level,
        bool isRequired, bool oneDomain, SlotOverlay? overlay, FabricDomain? only = null)
    {
        var packer = new LevelPacker(fleet, level, isRequired, overlay);
        var placed = oneDomain && only is null ? packer.PackOneDomain(parts) : packer.Pack(parts, only);
        return placed is null ? null : [.. placed.Select(static part => part.Slots())];
    }

    /// <summary>Places all parts in the domain where they need the fewest units, of those in the fullest.</summary>
    private PlacedPart[]? PackOneDomain(ReadOnlySpan<PackPart> parts)
    {
        var (best, least) = ((PlacedPart[]?)null, long.MaxValue);
        foreach (var domain in fleet.Domains.OrderBy(domain => domain.Free))
        {
            var placed = Pack(parts, domain);
            chosen.Clear();
            if (placed?.Sum(static part => (long)part.Choice.Units) is not { } units || units >= least)
                continue;
            (best, least) = (placed, units);
            if (units == parts.Length) // There is nothing better.
                break;
        }
        return best;
    }

    private PlacedPart[]? Pack(ReadOnlySpan<PackPart> parts, FabricDomain? within)
    {
        var placed = new PlacedPart[parts.Length];
        foreach (var run in Packer.Runs(fleet, overlay, parts))
        {
            var least = parts[run[0]].Whole ? parts[run[^1]].Gpus : 1; // The last is the smallest.
            Survey(parts[run[0]].Where, within, least);
            if (!(parts[run[0]].Whole ? PackWhole(parts, run, placed) : PackLoose(parts, run, placed)))
                return null;
        }
        return placed;
    }

    /// <summary>Counts what is free in each domain that may hold a number of GPUs at least.</summary>
    private void Survey(Eligibility where, FabricDomain? within, int least)
    {
        foreach (var domain in fleet.Domains)
        {
            var mayHold = (within is null || within == domain) && !where.MatchesNone(domain)
                && (domain.Free >= least || overlay?.Touches(domain) == true);
            rooms[domain.Ordinal] = mayHold ? new LevelRoom(domain, where, level, overlay, chosen) : null;
        }
    }

    private bool PackWhole(ReadOnlySpan<PackPart> parts, List<int> run, PlacedPart[] placed)
    {
        for (var next = 0; next < run.Count; next++)
        {
            var part = parts[run[next]];
            if (BestFor(part, Left(parts, run, next)) is not { } room)
                return false;
            var slots = placed[run[next]] = new PlacedPart(room, room.Choose(part.Active, part.Spares));
            room.Take(part.Active, slots.Choice, slots.Active);
            room.Promised += part.Spares;
        }
        foreach (var index in run)
        {
            var (slots, spares) = (placed[index], parts[index].Spares);
            if (spares == 0)
                continue;
            slots.Room.Promised -= spares;
            slots.Room.TakeSpares(spares, slots.Choice, slots.Spares);
        }
        return true;
    }

    /// <summary>Places parts that may be divided: one domain is filled before the next is begun.</summary>
    private bool PackLoose(ReadOnlySpan<PackPart> parts, List<int> run, PlacedPart[] placed)
    {
        var rest = 0;
        foreach (var index in run)
            rest += parts[index].Gpus;
        if (rooms.Sum(static room => room?.Free ?? 0) < rest)
            return false;
        foreach (var index in run)
        {
            PlacedPart? slots = null;
            for (var missing = parts[index].Active; missing > 0;)
            {
                var room = BestFor(new PackPart(missing, true, parts[index].Where), new PartsLeft(1, rest - missing))
                    ?? Roomiest();
                var taken = Math.Min(missing, room.Free);
                var choice = room.Choose(taken, 0);
                slots = slots is null ? new PlacedPart(room, choice) : slots with { Room = room, Choice = choice };
                room.Take(taken, choice, slots.Active);
                (missing, rest) = (missing - taken, rest - taken);
            }
            placed[index] = slots!;
            for (var missing = parts[index].Spares; missing > 0;)
            {
                var room = slots!.Room.Free >= missing ? slots.Room : Roomiest();
                var taken = Math.Min(missing, room.Free);
                room.TakeSpares(taken, room == slots.Room ? slots.Choice : null, slots.Spares);
                (missing, rest) = (missing - taken, rest - taken);
            }
        }
        return true;
    }

    /// <summary>The domain for the next part. Null if none has room.</summary>
    private LevelRoom? BestFor(PackPart part, PartsLeft left)
    {
        LevelRoom? best = null;
        (int Units, int Spread, int Unit, int Free) bestKey = default;
        foreach (var room in rooms)
        {
            if (room is null || room.Free < part.Gpus)
                continue;
            var choice = room.Choose(part.Active, part.Spares);
            if (isRequired && choice.Units > 1)
                continue;
            var capacity = room.Free / part.Gpus;
            if (isRequired)
                capacity = Math.Min(capacity, room.PartsInUnits(part.Active));
            var key = Holds(room, part, left, capacity) ? (choice.Units, 0, choice.Free, room.Free)
                : (choice.Units, 1, -capacity, -room.Free);
            if (best is null || key.CompareTo(bestKey) < 0)
                (best, bestKey) = (room, key);
        }
        return best;
    }

    /// <summary>Whether a domain holds all parts that are left: some of one width, and perhaps a smaller one.</summary>
    private bool Holds(LevelRoom room, PackPart part, PartsLeft left, int capacity)
    {
        if (left.Smaller == 0 || capacity < left.Alike)
            return capacity >= left.Alike;
        var isRoom = room.Free - (left.Alike * part.Gpus) >= left.Smaller + part.Spares;
        return isRoom && (!isRequired || room.PartsInUnits(part.Active) > left.Alike
            || room.LeavesRoom(part.Active, left.Smaller));
    }

    private LevelRoom Roomiest()
    {
        LevelRoom? best = null;
        foreach (var room in rooms)
        {
            if (room is not null && (best is null || room.Free > best.Free))
                best = room;
        }
        return best!;
    }

    private static PartsLeft Left(ReadOnlySpan<PackPart> parts, List<int> run, int next)
    {
        var (alike, smaller) = (0, 0);
        for (var i = next; i < run.Count; i++)
        {
            if (parts[run[i]].Gpus == parts[run[next]].Gpus)
                alike++;
            else
                smaller += parts[run[i]].Active;
        }
        return new PartsLeft(alike, smaller);
    }

    /// <summary>The parts that are still to be placed.</summary>
    /// <param name="Alike">How many are as wide as the next.</param>
    /// <param name="Smaller">GPUs of the last, if it is smaller, without its spares.</param>
    private readonly record struct PartsLeft(int Alike, int Smaller);

    private sealed record PlacedPart(LevelRoom Room, LevelChoice Choice)
    {
        public SortedDictionary<string, ulong> Active { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, ulong> Spares { get; } = new(StringComparer.Ordinal);

        public IReadOnlyList<NodeSlots> Slots() =>
            [.. Active.Concat(Spares).Select(static slots => new NodeSlots(slots.Key, slots.Value))];
    }
}

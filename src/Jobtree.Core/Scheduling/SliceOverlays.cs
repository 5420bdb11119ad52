using System.Numerics;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Caches the slices of reservations as overlays until a reservation or a node changes. Such changes are rarer than
/// reads.
/// </summary>
/// <param name="state">The flavor.</param>
internal sealed class SliceOverlays(FlavorState state)
{
    /// <summary>The most reservations, from the front, that a bit set can name.</summary>
    public const int ReservationsMax = 64;

    private readonly Dictionary<ulong, SlotOverlay> overlays = [];
    private readonly List<(int Node, ulong Slots, ulong Reservation)> blockedFree = [];
    private readonly Dictionary<PlacedNode, int> nodesBlocked = [];
    private ulong[] blockedByNode = [];
    private (long Reservations, long Layouts) version;
    private (long Reservations, long Layouts, long Openings, int Free) freeVersion;
    private (ulong Reservations, int Gpus)? freeOutside; // The last answer: most demands ask for the same.

    /// <summary>The slices of some reservations.</summary>
    /// <param name="reservations">One bit for each of the first reservations.</param>
    public SlotOverlay Of(ulong reservations)
    {
        var present = (state.Queue.ReservationVersion, state.Fleet.Layouts);
        if (version != present)
            overlays.Clear();
        version = present;
        if (!overlays.TryGetValue(reservations, out var overlay))
            overlays.Add(reservations, overlay = Make(reservations));
        return overlay;
    }

    /// <summary>
    /// The number of free GPUs outside the slices of some reservations. While many runs wait, few GPUs are free, so
    /// this number is read much more often than the overlay.
    /// </summary>
    /// <param name="reservations">One bit for each of the first reservations.</param>
    public int FreeOutside(ulong reservations)
    {
        var present = (state.Queue.ReservationVersion, state.Fleet.Layouts, state.Fleet.Openings, state.Fleet.Free);
        if (freeVersion != present)
            FindBlockedFree();
        freeVersion = present;
        if (freeOutside is not { } known || known.Reservations != reservations)
            freeOutside = known = (reservations, state.Fleet.Free - CountBlockedFree(reservations));
        return known.Gpus;
    }

    private void FindBlockedFree()
    {
        freeOutside = null;
        blockedFree.Clear();
        nodesBlocked.Clear();
        var inOrder = state.Queue.Sliced;
        for (var i = 0; i < inOrder.Length && i < ReservationsMax; i++)
        {
            var slice = inOrder[i].Slice;
            for (var k = 0; k < slice.Count; k++)
            {
                if (state.Fleet.Placed(slice[k].Node) is not { } node
                    || (node.Free & slice[k].Mask) is not (not 0 and var free))
                    continue;
                nodesBlocked.TryAdd(node, nodesBlocked.Count);
                blockedFree.Add((nodesBlocked[node], free, 1UL << i));
            }
        }
        if (blockedByNode.Length < nodesBlocked.Count)
            blockedByNode = new ulong[2 * nodesBlocked.Count];
    }

    private int CountBlockedFree(ulong reservations)
    {
        var nodes = blockedByNode.AsSpan(0, nodesBlocked.Count);
        nodes.Clear();
        foreach (var (node, slots, reservation) in blockedFree)
            nodes[node] |= (reservation & reservations) != 0 ? slots : 0;
        var blocked = 0;
        foreach (var slots in nodes)
            blocked += BitOperations.PopCount(slots);
        return blocked;
    }

    private SlotOverlay Make(ulong reservations)
    {
        var inOrder = state.Queue.Sliced;
        var nodes = 0;
        for (var i = 0; i < inOrder.Length && i < ReservationsMax; i++)
            nodes += (reservations >> i & 1) != 0 ? inOrder[i].Slice.Count : 0;
        var overlay = new SlotOverlay(state.Fleet, Math.Min(nodes, state.Fleet.Count));
        for (var i = 0; i < inOrder.Length && i < ReservationsMax; i++)
        {
            if ((reservations >> i & 1) != 0)
                overlay.Block(inOrder[i].Slice);
        }
        return overlay;
    }
}

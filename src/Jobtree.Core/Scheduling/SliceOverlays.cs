using System.Numerics;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Slices of reservations as overlays, each made once while the reservations and the nodes stay as they are: they
/// change less often than they are asked for.
/// </summary>
/// <param name="state">The flavor.</param>
public sealed class SliceOverlays(FlavorState state)
{
    /// <summary>How many reservations, from the front, can be told apart.</summary>
    public const int ReservationsMax = 64;

    private readonly Dictionary<ulong, SlotOverlay> known = [];
    private readonly Dictionary<ulong, int> knownOutside = [];
    private readonly List<(int Node, ulong Slots, ulong Reservation)> keptFree = [];
    private readonly Dictionary<PlacedNode, int> nodesKept = [];
    private ulong[] keptByNode = [];
    private (long Reservations, long Layouts) version;
    private (long Reservations, long Layouts, long Openings, int Free) versionFree;

    /// <summary>The slices of some reservations.</summary>
    /// <param name="reservations">A bit for each of the first reservations.</param>
    public SlotOverlay Of(ulong reservations)
    {
        var present = (state.Queue.ReservationVersion, state.Fleet.Layouts);
        if (version != present)
            known.Clear();
        version = present;
        if (!known.TryGetValue(reservations, out var overlay))
            known.Add(reservations, overlay = Make(reservations));
        return overlay;
    }

    /// <summary>
    /// GPUs that are free and in no slice of some reservations: few are free while many wait, so this is asked much
    /// oftener than where they are.
    /// </summary>
    /// <param name="reservations">A bit for each of the first reservations.</param>
    public int FreeOutside(ulong reservations)
    {
        var present = (state.Queue.ReservationVersion, state.Fleet.Layouts, state.Fleet.Openings, state.Fleet.Free);
        if (versionFree != present)
            FindKeptFree();
        versionFree = present;
        if (!knownOutside.TryGetValue(reservations, out var outside))
            knownOutside.Add(reservations, outside = state.Fleet.Free - CountKeptFree(reservations));
        return outside;
    }

    private void FindKeptFree()
    {
        knownOutside.Clear();
        keptFree.Clear();
        nodesKept.Clear();
        var inOrder = state.Queue.InReservedOrder;
        for (var i = 0; i < inOrder.Length && i < ReservationsMax && inOrder[i].HasSlice; i++)
        {
            var slice = inOrder[i].Reservation!.IntendedSlice;
            for (var k = 0; k < slice.Count; k++)
            {
                if (state.Fleet.Placed(slice[k].Node) is not { } node
                    || (node.Free & slice[k].Mask) is not (not 0 and var free))
                    continue;
                nodesKept.TryAdd(node, nodesKept.Count);
                keptFree.Add((nodesKept[node], free, 1UL << i));
            }
        }
        if (keptByNode.Length < nodesKept.Count)
            keptByNode = new ulong[2 * nodesKept.Count];
    }

    private int CountKeptFree(ulong reservations)
    {
        var nodes = keptByNode.AsSpan(0, nodesKept.Count);
        nodes.Clear();
        foreach (var (node, slots, reservation) in keptFree)
            nodes[node] |= (reservation & reservations) != 0 ? slots : 0;
        var kept = 0;
        foreach (var slots in nodes)
            kept += BitOperations.PopCount(slots);
        return kept;
    }

    private SlotOverlay Make(ulong reservations)
    {
        var inOrder = state.Queue.InReservedOrder;
        var nodes = 0;
        for (var i = 0; i < inOrder.Length && i < ReservationsMax; i++)
            nodes += (reservations >> i & 1) != 0 ? inOrder[i].Reservation!.IntendedSlice.Count : 0;
        var overlay = new SlotOverlay(state.Fleet, Math.Min(nodes, state.Fleet.Count));
        for (var i = 0; i < inOrder.Length && i < ReservationsMax; i++)
        {
            if ((reservations >> i & 1) != 0)
                Slices.Keep(overlay, inOrder[i]);
        }
        return overlay;
    }
}

using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>Slices of reservations as overlays, each made once while the reservations and the nodes stay as they are: they change less often than they are asked for.</summary>
/// <param name="state">The flavor.</param>
internal sealed class SliceOverlays(FlavorState state)
{
    /// <summary>How many reservations, from the front, can be told apart.</summary>
    public const int ReservationsMax = 64;

    private readonly Dictionary<ulong, SlotOverlay> known = [];
    private (long Reservations, long Layouts) version;

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

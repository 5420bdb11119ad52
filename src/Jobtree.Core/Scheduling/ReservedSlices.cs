using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>The slices of reservations that a demand must keep away from.</summary>
/// <remarks>Most demands are refused by <see cref="FreeOutside"/> alone, so the overlay is built only when it is asked
/// for.</remarks>
internal readonly struct ReservedSlices
{
    private readonly SliceOverlays? cache;
    private readonly ulong reservations;
    private readonly SlotOverlay? overlay;

    /// <summary>Slices of the first reservations, one bit for each reservation.</summary>
    private ReservedSlices(SliceOverlays cache, ulong reservations) =>
        (this.cache, this.reservations) = (cache, reservations);

    /// <summary>Slices in an overlay of their own; null: there are none.</summary>
    private ReservedSlices(SlotOverlay? overlay) => this.overlay = overlay;

    /// <summary>Whether there are none to keep away from.</summary>
    public bool IsNone => cache is null && overlay is null;

    /// <summary>The slices as an overlay; null: there are none to keep away from.</summary>
    public SlotOverlay? Overlay => overlay ?? cache?.Of(reservations);

    /// <summary>The free GPUs of a fleet that are outside the slices.</summary>
    public int FreeOutside(Fleet fleet) => cache?.FreeOutside(reservations) ?? overlay?.FreeOutside() ?? fleet.Free;

    /// <summary>
    /// The slices of the reservations ahead of a demand whose start it would outlast.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand, of which at least a part is funded. Unfunded work yields, so it may use any
    /// slice.</param>
    /// <param name="now">When it would start.</param>
    /// <param name="waiting">The demand's own place, when it waits already.</param>
    /// <param name="cache">Overlays to reuse. With them a demand that must keep away from every slice gets an overlay
    /// even when there is no slice.</param>
    public static ReservedSlices AheadOf(
        FlavorState state, Demand demand, DateTimeOffset now, WaitingRun? waiting, SliceOverlays? cache)
    {
        if (state.Queue.Reserved == 0)
            return default;
        var end = now + state.ExpectedDuration(demand);
        var inOrder = state.Queue.InReservedOrder;
        var (blocked, areAllBlocked) = (0UL, true);
        SlotOverlay? overlay = null;
        for (var i = 0; i < inOrder.Length && inOrder[i].HasSlice; i++)
        {
            var isBehind = waiting?.Reservation is not null
                && WaitingOrder.Compare(inOrder[i].Demand, waiting.Demand) >= 0;
            if (isBehind)
            {
                areAllBlocked = false;
                break;
            }
            if (end <= inOrder[i].Reservation!.EarliestStart)
            {
                areAllBlocked = false;
                continue;
            }
            if (cache is not null && i < SliceOverlays.ReservationsMax)
                blocked |= 1UL << i;
            else
                (overlay ??= new SlotOverlay(state.Fleet)).Block(inOrder[i].Slice);
        }
        if (cache is null || (blocked == 0 && !areAllBlocked))
            return new ReservedSlices(overlay);
        if (overlay is null)
            return new ReservedSlices(cache, blocked);
        for (var i = 0; i < SliceOverlays.ReservationsMax; i++)
        {
            if ((blocked >> i & 1) != 0)
                overlay.Block(inOrder[i].Slice);
        }
        return new ReservedSlices(overlay);
    }
}

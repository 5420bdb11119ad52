using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>The slices of reservations that a demand must not use.</summary>
/// <remarks><see cref="FreeOutside"/> alone refuses most demands, so the overlay is built only on request.</remarks>
internal readonly struct ReservedSlices
{
    private readonly SliceOverlays? cache;
    private readonly ulong reservations;
    private readonly SlotOverlay? overlay;

    /// <summary>Slices of the first reservations, as one bit per reservation.</summary>
    private ReservedSlices(SliceOverlays cache, ulong reservations) =>
        (this.cache, this.reservations) = (cache, reservations);

    /// <summary>Slices in an overlay of their own. Null if there are none.</summary>
    private ReservedSlices(SlotOverlay? overlay) => this.overlay = overlay;

    /// <summary>Whether there are no slices to avoid.</summary>
    public bool IsNone => cache is null && overlay is null;

    /// <summary>The slices as an overlay. Null if there are no slices to avoid.</summary>
    public SlotOverlay? Overlay => overlay ?? cache?.Of(reservations);

    /// <summary>The free GPUs of a fleet that are outside the slices.</summary>
    public int FreeOutside(Fleet fleet) => cache?.FreeOutside(reservations) ?? overlay?.FreeOutside() ?? fleet.Free;

    /// <summary>The slices before a demand's own whose start it would outlast.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">A demand that is at least partly funded. Unfunded work may use any slice, because it
    /// yields.</param>
    /// <param name="end">When it would be expected to end.</param>
    /// <param name="waiting">The demand's place in the queue. Null if it is not waiting, or it is asked what would be
    /// if a waiting run asked for something else.</param>
    /// <param name="cache">Overlays to reuse. With a cache, a demand that must avoid every slice gets an overlay even
    /// if there is no slice.</param>
    public static ReservedSlices AheadOf(
        FlavorState state, Demand demand, DateTimeOffset end, WaitingRun? waiting, SliceOverlays? cache)
    {
        if (state.Queue.Reserved == 0)
            return default;
        var inOrder = state.Queue.Sliced;
        var (blocked, areAllBlocked) = (0UL, true);
        SlotOverlay? overlay = null;
        for (var i = 0; i < inOrder.Length; i++)
        {
            if (inOrder[i] == waiting || (waiting is null && inOrder[i].Demand.Run == demand.Run))
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

using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The slices that a demand must keep away from. Most demands are refused by how much is free outside them: the overlay
/// to place by is made when it is asked for.
/// </summary>
public readonly struct KeptSlices
{
    private readonly SliceOverlays? known;
    private readonly ulong reservations;
    private readonly SlotOverlay? overlay;

    /// <summary>Slices of the first reservations.</summary>
    /// <param name="known">The overlays made before.</param>
    /// <param name="reservations">A bit for each of the reservations.</param>
    public KeptSlices(SliceOverlays known, ulong reservations) =>
        (this.known, this.reservations) = (known, reservations);

    /// <summary>Slices as an overlay made for them.</summary>
    /// <param name="overlay">The overlay; absent: there are none to keep away from.</param>
    public KeptSlices(SlotOverlay? overlay) => this.overlay = overlay;

    /// <summary>Whether there are none to keep away from.</summary>
    public bool IsNone => known is null && overlay is null;

    /// <summary>The slices as an overlay; absent: there are none to keep away from.</summary>
    public SlotOverlay? Overlay => overlay ?? known?.Of(reservations);

    /// <summary>Of the free GPUs of a fleet those outside the slices.</summary>
    /// <param name="fleet">The fleet.</param>
    public int FreeOutside(Fleet fleet) => known?.FreeOutside(reservations) ?? overlay?.FreeOutside() ?? fleet.Free;
}

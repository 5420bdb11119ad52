using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>What pending reservations keep from others.</summary>
public static class Slices
{
    /// <summary>
    /// The slices that a demand must keep away from: those of the reservations ahead of it whose start it would
    /// outlast. Unfunded work keeps away from none, since it yields.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would start.</param>
    /// <param name="waiting">The demand's own place, when it waits already.</param>
    /// <param name="overlays">Overlays made before. With them a demand that must keep away from every slice there is
    /// has an overlay, even an empty one.</param>
    public static KeptSlices KeptFrom(FlavorState state, Demand demand, Cover cover, DateTimeOffset now,
        WaitingRun? waiting, SliceOverlays? overlays = null) =>
        IsUnfunded(cover) ? default : KeptFromFunded(state, demand, now, waiting, overlays);

    /// <summary>The slices that a demand must keep away from when some of it is funded.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="now">When it would start.</param>
    /// <param name="waiting">The demand's own place, when it waits already.</param>
    /// <param name="overlays">As above.</param>
    public static KeptSlices KeptFromFunded(
        FlavorState state, Demand demand, DateTimeOffset now, WaitingRun? waiting, SliceOverlays? overlays)
    {
        if (state.Queue.Reserved == 0)
            return default;
        var end = now + state.ExpectedDuration(demand);
        var inOrder = state.Queue.InReservedOrder;
        var (kept, isAll) = (0UL, true);
        SlotOverlay? overlay = null;
        for (var i = 0; i < inOrder.Length && inOrder[i].HasSlice; i++)
        {
            if (waiting?.Reservation is not null && !IsAhead(inOrder[i], waiting.Demand))
            {
                isAll = false;
                break;
            }
            if (end <= inOrder[i].Reservation!.EarliestStart)
            {
                isAll = false;
                continue;
            }
            if (overlays is not null && i < SliceOverlays.ReservationsMax)
            {
                kept |= 1UL << i;
                continue;
            }
            overlay ??= new SlotOverlay(state.Fleet);
            Keep(overlay, inOrder[i]);
        }
        if (overlays is null || (kept == 0 && !isAll))
            return new KeptSlices(overlay);
        if (overlay is null)
            return new KeptSlices(overlays, kept);
        for (var i = 0; i < SliceOverlays.ReservationsMax; i++)
        {
            if ((kept >> i & 1) != 0)
                Keep(overlay, inOrder[i]);
        }
        return new KeptSlices(overlay);
    }

    /// <summary>Keeps the slice of a reservation.</summary>
    /// <param name="overlay">The overlay to keep it in.</param>
    /// <param name="reserved">The run that holds the reservation.</param>
    public static void Keep(SlotOverlay overlay, WaitingRun reserved)
    {
        var slice = reserved.Reservation!.IntendedSlice;
        for (var i = 0; i < slice.Count; i++)
            overlay.Keep(slice[i]);
    }

    /// <summary>The reservations in front, as many as hold slices.</summary>
    public static ReadOnlySpan<WaitingRun> Front(FlavorState state, int slicesMax) =>
        state.Queue.InReservedOrder[..Math.Min(state.Queue.Reserved, slicesMax)];

    /// <summary>The reservations in front that come before a demand in the queue.</summary>
    public static ReadOnlySpan<WaitingRun> Ahead(FlavorState state, Demand demand, int slicesMax) =>
        state.Queue.InReservedOrder[..Math.Min(state.Queue.CountAhead(demand), slicesMax)];

    /// <summary>Whether nobody would fund any part.</summary>
    public static bool IsUnfunded(Cover cover)
    {
        for (var i = 0; i < cover.Chunks.Count; i++)
        {
            if (cover.Chunks[i].Class != FundingClass.Unfunded)
                return false;
        }
        return true;
    }

    private static bool IsAhead(WaitingRun reserved, Demand demand) =>
        WaitingOrder.Compare(reserved.Demand, demand) < 0;

    /// <summary>The envelopes of a cover, in order, each once.</summary>
    public static IReadOnlyList<EnvelopeKey> PayersOf(Cover cover) => cover.Chunks is [{ Payer: { } only }] ? [only]
        : [.. cover.Chunks.Where(chunk => chunk.Payer is not null).Select(chunk => chunk.Payer!.Value).Distinct()];
}

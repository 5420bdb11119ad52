using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>What pending reservations keep from others.</summary>
internal static class Slices
{
    /// <summary>
    /// The slices that a demand must keep away from: those of the reservations ahead of it whose start it would outlast. Unfunded work keeps away from none, since it
    /// yields.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would start.</param>
    /// <param name="waiting">The demand's own place, when it waits already.</param>
    /// <param name="all">All slices as an overlay, for a demand that must keep away from each.</param>
    /// <returns>The slices as an overlay; null: there are none to keep away from.</returns>
    public static SlotOverlay? KeptFrom(FlavorState state, Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting, Func<SlotOverlay>? all = null)
    {
        if (state.Queue.Reserved == 0 || IsUnfunded(cover))
            return null;
        SlotOverlay? overlay = null;
        var end = now + state.ExpectedDuration(demand);
        if (all is not null && IsBehindAll(state, end, waiting))
            return all();
        foreach (var reserved in state.Queue.InReservedOrder)
        {
            var isOwnOrBehind = waiting?.Reservation is not null && !IsAhead(reserved, waiting.Demand);
            if (isOwnOrBehind || reserved.Reservation!.IntendedSlice.Count == 0)
                break;
            if (end <= reserved.Reservation.EarliestStart)
                continue;
            overlay ??= new SlotOverlay(state.Fleet);
            foreach (var slots in reserved.Reservation.IntendedSlice)
                overlay.Keep(slots);
        }
        return overlay;
    }

    /// <summary>All slices that are kept.</summary>
    public static SlotOverlay All(FlavorState state)
    {
        var overlay = new SlotOverlay(state.Fleet);
        foreach (var reserved in state.Queue.InReservedOrder)
        {
            if (reserved.Reservation!.IntendedSlice.Count == 0)
                break;
            foreach (var slots in reserved.Reservation.IntendedSlice)
                overlay.Keep(slots);
        }
        return overlay;
    }

    private static bool IsBehindAll(FlavorState state, DateTimeOffset end, WaitingRun? waiting)
    {
        foreach (var reserved in state.Queue.InReservedOrder)
        {
            if (reserved.Reservation!.IntendedSlice.Count == 0)
                break;
            if (end <= reserved.Reservation.EarliestStart || (waiting?.Reservation is not null && !IsAhead(reserved, waiting.Demand)))
                return false;
        }
        return true;
    }

    /// <summary>The reservations in front, as many as hold slices.</summary>
    public static ReadOnlySpan<WaitingRun> Front(FlavorState state, int slicesMax) =>
        state.Queue.InReservedOrder[..Math.Min(state.Queue.Reserved, slicesMax)];

    /// <summary>The reservations in front that come before a demand in the queue.</summary>
    public static ReadOnlySpan<WaitingRun> Ahead(FlavorState state, Demand demand, int slicesMax) =>
        state.Queue.InReservedOrder[..Math.Min(state.Queue.CountAhead(demand), slicesMax)];

    private static bool IsUnfunded(Cover cover)
    {
        for (var i = 0; i < cover.Chunks.Count; i++)
        {
            if (cover.Chunks[i].Class != FundingClass.Unfunded)
                return false;
        }
        return true;
    }

    private static bool IsAhead(WaitingRun reserved, Demand demand) => WaitingOrder.Compare(reserved.Demand, demand) < 0;

    /// <summary>The envelopes of a cover, in order, each once.</summary>
    public static IReadOnlyList<EnvelopeKey> PayersOf(Cover cover) => cover.Chunks is [{ Payer: { } only }] ? [only] : [.. cover.Chunks.Where(chunk => chunk.Payer is not null).Select(chunk => chunk.Payer!.Value).Distinct()];
}

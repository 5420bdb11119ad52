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
    /// <returns>The slices as an overlay; null: there are none to keep away from.</returns>
    public static SlotOverlay? KeptFrom(FlavorState state, Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting)
    {
        if (state.Queue.Reserved == 0 || cover.Chunks.All(chunk => chunk.Class == FundingClass.Unfunded))
            return null;
        SlotOverlay? overlay = null;
        var end = now + state.ExpectedDuration(demand);
        foreach (var reserved in state.Queue.WithReservation)
        {
            var isOwnOrBehind = waiting?.Reservation is not null && WaitingOrder.Instance.Compare(reserved, waiting) >= 0;
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

    /// <summary>The reservations in front, as many as hold slices.</summary>
    public static IEnumerable<WaitingRun> Front(FlavorState state, int slicesMax) => state.Queue.WithReservation.Take(slicesMax);

    /// <summary>The reservations in front that come before one of them.</summary>
    public static IEnumerable<WaitingRun> Ahead(FlavorState state, WaitingRun waiting, int slicesMax) =>
        Front(state, slicesMax).TakeWhile(other => other != waiting);

    /// <summary>The envelopes of a cover, in order, each once.</summary>
    public static IReadOnlyList<EnvelopeKey> PayersOf(Cover cover) => [.. cover.Chunks.Where(chunk => chunk.Payer is not null).Select(chunk => chunk.Payer!.Value).Distinct()];
}

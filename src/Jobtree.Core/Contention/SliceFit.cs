using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Finds when and where a demand fits whose parts are paid in different places. It asks the packer itself, which is
/// slower than counting by domain, and so only for such demands.
/// </summary>
/// <param name="fleet">The fleet.</param>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for each part.</param>
/// <param name="releases">The running work in order of expected end.</param>
/// <param name="later">The slices ahead in order of expected end.</param>
internal sealed class SliceFit(Fleet fleet, Demand demand, Cover cover, ReleaseSurvey releases,
    List<(long Remaining, IReadOnlyList<NodeSlots> Slots)> later)
{
    private readonly int runs = releases.CountBy(long.MaxValue);

    /// <summary>Whether a fleet could hold a demand if nothing else ran.</summary>
    public static bool CanEverFit(Fleet fleet, Demand demand, Cover cover)
    {
        var overlay = new SlotOverlay(fleet, fleet.Count);
        foreach (var node in fleet.PlacedNodes)
            overlay.FreeWholly(new NodeSlots(node.Spec.Name, node.All));
        return Gang.TryPlace(fleet, demand, cover, overlay) is not null;
    }

    /// <summary>
    /// The slice, and when it is expected to be free. Null if there is none. Uses binary search, because more free
    /// slots never make the fit worse.
    /// </summary>
    public (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At)? First(DateTimeOffset now)
    {
        var instants = new SortedSet<long> { 0 };
        for (var i = 0; i < runs; i++)
            instants.Add(releases[i].Remaining);
        foreach (var (remaining, _) in later)
            instants.Add(remaining);
        long[] inOrder = [.. instants];
        if (PlaceAt(inOrder[^1]) is not { } placed)
            return null;
        var (tooEarly, enough) = (-1, inOrder.Length - 1);
        while (enough - tooEarly > 1)
        {
            var middle = (tooEarly + enough) / 2;
            if (PlaceAt(inOrder[middle]) is { } sooner)
                (enough, placed) = (middle, sooner);
            else
                tooEarly = middle;
        }
        return (Slice(placed), now + new TimeSpan(inOrder[enough]));
    }

    private IReadOnlyList<OpeningLease>? PlaceAt(long remaining)
    {
        var overlay = new SlotOverlay(fleet);
        foreach (var (end, slice) in later)
        {
            foreach (var slots in slice)
            {
                if (end > remaining)
                    overlay.Block(slots);
                else
                    overlay.FreeWholly(slots);
            }
        }
        for (var i = 0; i < runs && releases[i].Remaining <= remaining; i++)
        {
            foreach (var lease in releases[i].Run.OpenLeases)
            {
                foreach (var slots in lease.Slots)
                    overlay.Free(slots, lease.Role);
            }
        }
        return Gang.TryPlace(fleet, demand, cover, overlay);
    }

    private static IReadOnlyList<NodeSlots> Slice(IReadOnlyList<OpeningLease> placed)
    {
        var masks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var slots in placed.SelectMany(lease => lease.Slots))
            masks[slots.Node] = masks.GetValueOrDefault(slots.Node) | slots.Mask;
        return [.. masks.Select(pair => new NodeSlots(pair.Key, pair.Value))];
    }
}

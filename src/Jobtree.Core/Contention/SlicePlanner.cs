using System.Numerics;
using System.Runtime.InteropServices;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Plans where and when a demand will fit by itself: on the slots that are expected to be free first, satisfy its
/// locality, and lie where its payers pay.
/// </summary>
/// <remarks>
/// Free slots are available now. So are the slots of runs with unfunded work that yields to the demand. Slots of other
/// runs are available at the run's expected end. Slots of slices ahead are available when the last of the runs that
/// reserved them is expected to end. The planner gathers slots in this order until they hold the demand. Most demands
/// are small and fit early, so only the releases that may be needed are sorted.
/// </remarks>
/// <param name="state">The flavor.</param>
internal sealed class SlicePlanner(FlavorState state)
{
    private readonly ReleaseSurvey whereAllYield = new();
    private readonly ReleaseSurvey whereSomeStay = new();
    private readonly ReleaseSurvey whereAllStay = new();
    private readonly Dictionary<string, ulong> reserved = []; // What Later returned, by node.
    private (DateTimeOffset Now, long Openings, long NextLease, long Funding)? surveyed;
    private DateTimeOffset now;

    /// <summary>Whether the present fleet could hold a demand, with its spares, if nothing else ran.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="demand">The demand.</param>
    public static bool CanEverFit(Fleet fleet, Demand demand) =>
        CanEverFit(fleet, demand, fleet.Eligible(demand.Selector));

    /// <summary>Whether it could hold a demand where its payers pay, if nothing else ran.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who pays.</param>
    public static bool CanEverFit(Fleet fleet, Demand demand, Cover cover) => Gang.NodesFor(fleet, demand, cover)
        is { } where ? CanEverFit(fleet, demand, where) : SliceFit.CanEverFit(fleet, demand, cover);

    /// <summary>The slice, and when it is expected to be free.</summary>
    /// <param name="demand">A demand for which <see cref="CanEverFit(Fleet, Demand, Cover)"/> holds.</param>
    /// <param name="cover">Who pays for it.</param>
    /// <param name="ahead">The reservations whose slices come first. The demand's own is passed over.</param>
    /// <param name="at">The instant.</param>
    public (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At) Plan(
        Demand demand, Cover cover, ReadOnlySpan<WaitingRun> ahead, DateTimeOffset at) =>
        Plan(demand, cover, ahead, Survey(demand, cover, at));

    /// <summary>The slice, and when it is expected to be free although nobody yields.</summary>
    /// <param name="demand">As for <see cref="Plan(Demand, Cover, ReadOnlySpan{WaitingRun}, DateTimeOffset)"/>.</param>
    /// <param name="cover">Who pays for it.</param>
    /// <param name="ahead">The reservations whose slices come first.</param>
    /// <param name="at">The instant.</param>
    /// <param name="isTimeEnough">Whether the slice is not asked for, and may be empty.</param>
    public (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At) PlanWithoutCuts(
        Demand demand, Cover cover, ReadOnlySpan<WaitingRun> ahead, DateTimeOffset at, bool isTimeEnough = false)
    {
        var stamp = (at, state.Fleet.Openings, state.NextLease, -1L); // Funding does not matter, and is never that.
        if (surveyed != stamp)
        {
            (surveyed, now) = (stamp, at);
            whereAllStay.Take(state, at, someUnfunded: false);
        }
        return Plan(demand, cover, ahead, whereAllStay, isTimeEnough);
    }

    private (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At) Plan(
        Demand demand, Cover cover, ReadOnlySpan<WaitingRun> ahead, ReleaseSurvey releases, bool isTimeEnough = false)
    {
        var later = Later(ahead, demand.Run);
        if (Gang.NodesFor(state.Fleet, demand, cover) is not { } where)
            return new SliceFit(state.Fleet, demand, cover, releases, later).First(now)
                ?? throw NotFound(demand);

        // Released slots on cordoned nodes cannot be used, so the near horizon may not be enough.
        var isAnywhere = !demand.KeepsTogether() && where.IsEverywhere;
        var (fit, search) = Search(demand, where, releases, later, isAnywhere)
            ?? Search(demand, where, releases, later, false) ?? throw NotFound(demand);
        return (isTimeEnough ? [] : search.Slice(), fit);
    }

    private static bool CanEverFit(Fleet fleet, Demand demand, Eligibility where)
    {
        var shape = new SliceShape(demand, fleet.Domains.Count);
        if (shape.Gpus > fleet.Gpus)
            return false;
        foreach (var domain in fleet.Domains)
        {
            foreach (var node in domain.Nodes)
            {
                if (node.Spec.State == NodeState.Ready && where.Matches(node))
                    shape.Add(node, node.Spec.Gpus);
                if (shape.IsHeld)
                    return true; // More GPUs never hold less.
            }
        }
        return false;
    }

    private static InvalidOperationException NotFound(Demand demand) =>
        new($"No slice was found for {demand.Run}, though the fleet can hold it.");

    /// <summary>
    /// The slots of the slices ahead, each with the ticks until the last run that reserved it is expected to end, in
    /// this order.
    /// </summary>
    private List<(long Remaining, IReadOnlyList<NodeSlots> Slots)> Later(ReadOnlySpan<WaitingRun> ahead, RunKey own)
    {
        var later = new List<(long Remaining, IReadOnlyList<NodeSlots> Slots)>();
        foreach (var waiting in ahead)
        {
            if (waiting.Demand.Run == own)
                continue;
            var end = waiting.Reservation!.EarliestStart + state.ExpectedDuration(waiting.Demand);
            later.Add((Math.Max(0, (end - now).Ticks), waiting.Slice));
        }
        later.Sort(static (left, right) => left.Remaining.CompareTo(right.Remaining));
        reserved.Clear();
        for (var i = later.Count - 1; i >= 0; i--)
        {
            var (remaining, slice) = later[i];
            var isLast = true;
            for (var k = 0; k < slice.Count; k++)
                isLast &= (reserved.GetValueOrDefault(slice[k].Node) & slice[k].Mask) == 0;
            if (!isLast) // Some run that ends later has reserved them too.
                later[i] = (remaining, [.. slice
                    .Select(slots => slots with { Mask = slots.Mask & ~reserved.GetValueOrDefault(slots.Node) })
                    .Where(slots => slots.Mask != 0)]);
            for (var k = 0; k < slice.Count; k++)
                CollectionsMarshal.GetValueRefOrAddDefault(reserved, slice[k].Node, out _) |= slice[k].Mask;
        }
        return later;
    }

    /// <summary>
    /// Surveys the running work. One survey serves all plans of an instant, until the running work or its funding
    /// changes, except those for a demand to which some unfunded work does not yield.
    /// </summary>
    private ReleaseSurvey Survey(Demand demand, Cover cover, DateTimeOffset at)
    {
        if (StayingFor(demand, cover) is { } stays)
        {
            now = at;
            whereSomeStay.Take(state, at, someUnfunded: true, stays);
            return whereSomeStay;
        }
        var stamp = (at, state.Fleet.Openings, state.NextLease, state.Funding.Releases);
        if (surveyed == stamp)
            return whereAllYield;
        (surveyed, now) = (stamp, at);
        whereAllYield.Take(state, at, state.Funding.UnfundedGpus > 0);
        return whereAllYield;
    }

    /// <summary>
    /// The owners whose unfunded work a demand may not cut: they are nearer to who pays for it. Null if there are none.
    /// </summary>
    private HashSet<string>? StayingFor(Demand demand, Cover cover)
    {
        if (state.Funding.UnfundedGpus == 0 || !cover.IsPaidByOthers)
            return null;
        var yields = state.Funding.OwnersYieldingTo(demand, cover);
        HashSet<string>? stays = null;
        foreach (var use in state.Uses.Values)
        {
            if (use.UnfundedGpus > 0 && !yields(use.Owner))
                (stays ??= new HashSet<string>(StringComparer.Ordinal)).Add(use.Owner);
        }
        return stays;
    }

    private (DateTimeOffset At, SliceSearch Search)? Search(
        Demand demand, Eligibility where, ReleaseSurvey releases,
        List<(long Remaining, IReadOnlyList<NodeSlots> Slots)> later, bool near)
    {
        var search = new SliceSearch(state.Fleet, demand, where, reserved);
        long gpusReserved = 0;
        foreach (var slots in reserved.Values)
            gpusReserved += BitOperations.PopCount(slots);
        search.AddFree();
        if (search.IsHeld)
            return (now, search);
        var missing = demand.GpusWithSpares() + gpusReserved - state.Fleet.Free;
        var due = releases.CountBy(near ? releases.Horizon(missing) : long.MaxValue);
        var next = 0;
        for (var i = 0; i < due; i++)
        {
            var (remaining, run) = releases[i];
            if (AddReservedUntil(remaining) is { } between)
                return between;
            search.At(remaining);
            foreach (var lease in run.OpenLeases)
                search.AddReleased(lease);
            if (search.IsHeld)
                return (now + new TimeSpan(remaining), search);
        }
        return AddReservedUntil(long.MaxValue);

        (DateTimeOffset, SliceSearch)? AddReservedUntil(long remaining)
        {
            for (; next < later.Count && later[next].Remaining < remaining; next++)
            {
                search.At(later[next].Remaining);
                search.AddReserved(later[next].Slots);
                if (search.IsHeld)
                    return (now + new TimeSpan(later[next].Remaining), search);
            }
            return null;
        }
    }
}

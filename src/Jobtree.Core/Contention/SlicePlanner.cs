using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Plans where and when a demand will fit by itself: the slots that are expected to be free the soonest and satisfy its locality.
/// </summary>
/// <remarks>
/// A free slot and one under unfunded work (which yields) are there now; a slot under funded work when that is expected to end; a slot of a slice ahead
/// when the run it is meant for is expected to have ended.
/// </remarks>
internal sealed class SlicePlanner
{
    private readonly Dictionary<string, DateTimeOffset[]> availableAt = [];
    private readonly FlavorState state;
    private readonly DateTimeOffset now;

    /// <summary>Surveys the work that runs.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="now">The instant.</param>
    public SlicePlanner(FlavorState state, DateTimeOffset now)
    {
        (this.state, this.now) = (state, now);
        foreach (var run in state.Running.Values)
        {
            var end = now + Forecaster.Remaining(run, now);
            foreach (var lease in run.Leases)
            {
                if (state.Funding.ClassOf(lease.Id) != FundingClass.Unfunded)
                    Mark(availableAt, lease.Slots, end);
            }
        }
    }

    /// <summary>Whether the fleet as it stands could hold a demand if nothing else ran.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="demand">The demand.</param>
    public static bool CanEverFit(Fleet fleet, Demand demand)
    {
        var where = fleet.Eligible(demand.Selector);
        var group = demand.OneDomain ? demand.Gpus : demand.GroupGpus > 0 ? demand.GroupGpus : 1;
        int wholeGroups = demand.Gpus / group, rest = demand.Gpus % group, groups = 0, largestRest = 0;
        foreach (var domain in fleet.Domains)
        {
            var gpus = 0;
            foreach (var node in domain.Nodes)
                gpus += node.Spec.State == NodeState.Ready && where.Matches(node) ? node.Spec.Gpus : 0;
            groups += gpus / group;
            largestRest = Math.Max(largestRest, gpus % group);
        }
        return rest == 0 || largestRest >= rest ? groups >= wholeGroups : groups > wholeGroups;
    }

    /// <summary>The slice and when it is expected to be free.</summary>
    /// <param name="demand">A demand for which <see cref="CanEverFit"/> holds.</param>
    /// <param name="ahead">Reservations whose slices come first.</param>
    public (IReadOnlyList<NodeSlots> Slice, DateTimeOffset At) Plan(Demand demand, IEnumerable<WaitingRun> ahead)
    {
        var kept = new Dictionary<string, DateTimeOffset[]>();
        foreach (var waiting in ahead)
            Mark(kept, waiting.Reservation!.IntendedSlice, waiting.Reservation.EarliestStart + state.ExpectedDuration(waiting.Demand));
        var where = state.Fleet.Eligible(demand.Selector);
        var slots = new List<List<PlannedSlot>>();
        foreach (var domain in state.Fleet.Domains)
        {
            var here = new List<PlannedSlot>();
            foreach (var node in domain.Nodes)
            {
                if (node.Spec.State == NodeState.Ready && where.Matches(node))
                    AddSlots(here, node.Spec, availableAt.GetValueOrDefault(node.Spec.Name), kept.GetValueOrDefault(node.Spec.Name));
            }
            here.Sort(static (left, right) => left.At.CompareTo(right.At));
            slots.Add(here);
        }
        return demand.GroupGpus > 0 || demand.OneDomain ? PlanGroups(demand, slots) : PlanLoose(demand.Gpus, slots);
    }

    private static (IReadOnlyList<NodeSlots>, DateTimeOffset) PlanLoose(int gpus, List<List<PlannedSlot>> domains)
    {
        var all = domains.SelectMany(slots => slots).OrderBy(slot => slot.At).Take(gpus).ToList();
        var at = all[^1].At;
        var single = domains.Find(slots => slots.Count >= gpus && slots[gpus - 1].At <= at);
        return (Gather(single?.Take(gpus) ?? all), at);
    }

    private static (IReadOnlyList<NodeSlots>, DateTimeOffset) PlanGroups(Demand demand, List<List<PlannedSlot>> domains)
    {
        var group = demand.GroupGpus > 0 ? demand.GroupGpus : demand.Gpus;
        var total = demand.Gpus;
        if (demand.OneDomain)
        {
            var best = domains.Where(slots => slots.Count >= total).MinBy(slots => slots[total - 1].At)!;
            return (Gather(best.Take(total)), best[total - 1].At);
        }
        var chosen = new List<PlannedSlot>();
        var used = new int[domains.Count];
        for (var missing = total; missing > 0; missing -= Math.Min(group, missing))
        {
            var width = Math.Min(group, missing);
            var best = -1;
            for (var i = 0; i < domains.Count; i++)
            {
                if (used[i] + width <= domains[i].Count && (best < 0 || domains[i][used[i] + width - 1].At < domains[best][used[best] + width - 1].At))
                    best = i;
            }
            if (best < 0)
                throw new InvalidOperationException($"No domain has room for a group of {width} of {demand.Run}, though the fleet can hold it.");
            chosen.AddRange(domains[best].GetRange(used[best], width));
            used[best] += width;
        }
        return (Gather(chosen), chosen.Max(slot => slot.At));
    }

    private static List<NodeSlots> Gather(IEnumerable<PlannedSlot> slots)
    {
        var masks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var slot in slots)
            masks[slot.Node] = masks.GetValueOrDefault(slot.Node) | (1UL << slot.Ordinal);
        return [.. masks.Select(pair => new NodeSlots(pair.Key, pair.Value))];
    }

    private void AddSlots(List<PlannedSlot> slots, Node node, DateTimeOffset[]? running, DateTimeOffset[]? kept)
    {
        for (var ordinal = 0; ordinal < node.Gpus; ordinal++)
        {
            var at = now;
            if (running is not null && running[ordinal] > at)
                at = running[ordinal];
            if (kept is not null && kept[ordinal] > at)
                at = kept[ordinal];
            slots.Add(new PlannedSlot(at, node.Name, ordinal));
        }
    }

    private static void Mark(Dictionary<string, DateTimeOffset[]> timesByNode, IReadOnlyList<NodeSlots> slices, DateTimeOffset until)
    {
        foreach (var slots in slices)
        {
            if (!timesByNode.TryGetValue(slots.Node, out var times))
                timesByNode.Add(slots.Node, times = new DateTimeOffset[Node.GpusMax]);
            for (var ordinal = 0; ordinal < Node.GpusMax; ordinal++)
            {
                if ((slots.Mask >> ordinal & 1) != 0 && times[ordinal] < until)
                    times[ordinal] = until;
            }
        }
    }

    private readonly record struct PlannedSlot(DateTimeOffset At, string Node, int Ordinal);
}

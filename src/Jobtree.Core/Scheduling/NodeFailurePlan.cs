using System.Numerics;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What becomes of the work on a node that is fenced, as one entry of the ledger.</summary>
/// <remarks>
/// <para>Per run that loses GPUs there:</para>
/// <code>
/// swap     per group: spares of the group hold all that it lost,  they take over, paid by the same payer
///          in the unit of its level, if that is required
/// shrink   the run is elastic and stays at or above its minimum   broken groups end; the rest runs on
/// close    otherwise                                              back to the queue, or failed (onNodeFailure)
/// </code>
/// <para>A swap takes idle spare slots first, then those with an unfunded filler, which ends
/// <see cref="LeaseEndReason.ReclaimedBySpare"/>: a filler run shrinks if it can, and goes back to the queue otherwise.
/// A swap that only the eviction of funded work would make possible is declined, and the spare ends
/// <see cref="LeaseEndReason.SwapDeclined"/>. Spares that are lost or used up are not replaced while the run runs.
/// </para>
/// </remarks>
public sealed class NodeFailurePlan
{
    private readonly FlavorState state;
    private readonly string node;
    private readonly SortedDictionary<RunKey, LeaseRevision> revisions = [];
    private readonly SortedDictionary<RunKey, Closing> closings = [];
    private readonly List<Lease> declined = [];

    private NodeFailurePlan(FlavorState state, string node) => (this.state, this.node) = (state, node);

    /// <summary>The entry that fences a node.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="fenced">The node in its new state.</param>
    /// <param name="now">The instant.</param>
    public static LedgerEntry Of(FlavorState state, Node fenced, DateTimeOffset now)
    {
        var plan = new NodeFailurePlan(state, fenced.Name);
        if (state.Fleet.UsedSlots(fenced.Name) != 0)
            plan.Decide();
        return plan.Entry(fenced, now);
    }

    private void Decide()
    {
        foreach (var run in state.RunningRuns)
        {
            foreach (var lease in run.OpenLeases)
            {
                foreach (var slots in lease.Slots)
                {
                    if (slots.Node == node)
                        RevisionOf(run).Lose(lease, slots, LeaseEndReason.NodeFailure);
                }
            }
        }
        // Runs with spares first: their swaps may take slots from fillers.
        foreach (var revision in revisions.Values.Where(static hit => hit.Run.Demand.SparesPerGroup > 0).ToArray())
            Mend(revision);
        foreach (var revision in revisions.Values.Where(static hit => hit.Run.Demand.SparesPerGroup == 0).ToArray())
            NarrowOrClose(revision);
    }

    /// <summary>Swaps spares in for a run's lost GPUs, group by group, and narrows or closes the run otherwise.
    /// </summary>
    private void Mend(LeaseRevision revision)
    {
        var (swaps, broken) = (new List<int>(), new List<int>());
        foreach (var group in LostGroups(revision).ToArray())
        {
            var needed = LostActive(revision, group).Sum(static lost => lost.Slots.Count);
            var spares = SparesFor(revision, group);
            var usable = spares.Sum(static spare => spare.IsFunded ? 0 : spare.Slots.Count);
            (needed <= usable ? swaps : broken).Add(group);
            if (needed <= usable)
                revision.Expect(group, needed);
            else if (needed <= spares.Sum(static spare => spare.Slots.Count))
                Decline(revision, spares);
        }
        if (broken.Count > 0 && !TryNarrow(revision, broken))
        {
            Close(revision);
            return;
        }
        // What ends, a run or a group of it, swaps nothing, and so evicts nobody.
        foreach (var group in swaps.Where(revision.Expects))
            Swap(revision, group);
    }

    /// <summary>Lets a run that has nothing to swap go on without its broken groups, or closes it.</summary>
    private void NarrowOrClose(LeaseRevision revision)
    {
        if (!TryNarrow(revision, [.. LostGroups(revision)]))
            Close(revision);
    }

    /// <summary>
    /// Ends the broken groups, and what is then beyond one of the run's widths. False if the run is not elastic, or
    /// would be below its minimum.
    /// </summary>
    private static bool TryNarrow(LeaseRevision revision, List<int> broken)
    {
        var demand = revision.Run.Demand;
        if (demand.GroupGpus > 0)
            broken.ForEach(group => Elasticity.DropGroup(revision, group));
        if (Elasticity.WidthWithin(demand, revision.Gpus) is not { } width)
            return false;
        Elasticity.ShrinkTo(revision, width);
        return true;
    }

    private void Close(LeaseRevision revision)
    {
        var (key, demand) = (revision.Run.Demand.Run, revision.Run.Demand);
        closings.Add(key, IsEndedByNode(revision)
            ? new Closing(key, LeaseEndReason.NodeFailure, demand.RequeuesOnNodeFailure)
            : new Closing(key, LeaseEndReason.ReclaimedBySpare, Requeue: true));
    }

    /// <summary>
    /// Whether what the node takes is enough to end a run that ends. A filler whose slots are taken back besides never
    /// fails by that.
    /// </summary>
    private bool IsEndedByNode(LeaseRevision revision)
    {
        var alone = new LeaseRevision(revision.Run);
        foreach (var (lease, slots) in revision.Lost)
        {
            if (slots.Node == node)
                alone.Lose(lease, slots, LeaseEndReason.NodeFailure);
        }
        return !alone.IsEmpty && !TryNarrow(alone, [.. LostGroups(alone)]);
    }

    private void Swap(LeaseRevision revision, int group)
    {
        var spares = new Queue<SpareSlots>(
            SparesFor(revision, group).Where(static spare => !spare.IsFunded));
        foreach (var (lost, slots) in LostActive(revision, group).GroupBy(static lost => lost.Lease)
            .Select(static lease => (lease.Key, lease.Sum(static lost => lost.Slots.Count))).ToArray())
        {
            var taken = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
            for (var missing = slots; missing > 0;)
            {
                var spare = spares.Dequeue();
                var part = Lowest(spare.Slots, missing, out var rest);
                if (rest.Mask != 0)
                    spares = new Queue<SpareSlots>(spares.Prepend(spare with { Slots = rest }));
                taken[part.Node] = taken.GetValueOrDefault(part.Node) | part.Mask;
                missing -= part.Count;
                revision.Lose(spare.Lease, part, LeaseEndReason.Swap);
                if (spare.Filler is { } filler)
                    RevisionOf(state.Running[filler.Run]).Lose(filler, part, LeaseEndReason.ReclaimedBySpare);
            }
            revision.Replace(lost, [.. taken.Select(static slots => new NodeSlots(slots.Key, slots.Value))]);
        }
    }

    private void Decline(LeaseRevision revision, List<SpareSlots> spares)
    {
        foreach (var lease in spares.Where(static spare => spare.IsFunded).Select(static spare => spare.Lease)
            .Distinct())
        {
            revision.End(lease, LeaseEndReason.SwapDeclined);
            declined.Add(lease);
        }
    }

    /// <summary>
    /// The spare slots that may take the place of what a group lost. If it must keep to a level, those in the unit of
    /// what it keeps, or, if it keeps nothing, in the first unit whose spares are enough.
    /// </summary>
    private List<SpareSlots> SparesFor(LeaseRevision revision, int group)
    {
        var spares = SpareSlots(revision, group);
        if (revision.Run.Demand.RequiredLevel() is not { } level)
            return spares;
        var kept = UnitsOf(revision, group, level);
        var needed = LostActive(revision, group).Sum(static lost => lost.Slots.Count);
        var units = spares.GroupBy(spare => UnitOf(spare.Slots, level))
            .Where(unit => kept.Count == 0 || kept.Contains(unit.Key)).ToArray();
        var enough = Array.Find(units, unit => needed <= unit.Sum(spare => spare.IsFunded ? 0 : spare.Slots.Count))
            ?? Array.Find(units, unit => needed <= unit.Sum(spare => spare.Slots.Count));
        return enough is null ? [] : [.. enough];
    }

    /// <summary>The units of a level in which a group keeps GPUs.</summary>
    private HashSet<TopologyKey?> UnitsOf(LeaseRevision revision, int group, LocalityLevel level) =>
        [.. revision.Run.Leases.Where(lease => lease.Role == LeaseRole.Active && IsOf(revision, lease, group))
            .SelectMany(revision.KeptOf).Select(slots => UnitOf(slots, level))];

    private TopologyKey? UnitOf(NodeSlots slots, LocalityLevel level) => state.Fleet.Find(slots.Node)?.Unit(level);

    /// <summary>
    /// The slots that a group's spares still hold: idle ones first, then those with fillers, the filler with the most
    /// slots there first, so that few are evicted. Those in the group's units of its level come before others.
    /// </summary>
    private List<SpareSlots> SpareSlots(LeaseRevision revision, int group)
    {
        var slots = new List<SpareSlots>();
        foreach (var lease in Elasticity.SparesOf(revision.Run).Where(spare => IsOf(revision, spare, group)))
        {
            foreach (var kept in revision.KeptOf(lease))
                Divide(lease, kept, slots);
        }
        var byFiller = slots.Where(static spare => spare.Filler is not null)
            .GroupBy(static spare => spare.Filler!.Run)
            .ToDictionary(static run => run.Key, static run => run.Sum(static spare => spare.Slots.Count));
        var level = revision.Run.Demand.Level;
        var near = level is null ? null : UnitsOf(revision, group, level.Value);
        return [.. slots.OrderBy(static spare => spare.Filler is not null)
            .ThenBy(spare => near?.Contains(UnitOf(spare.Slots, level!.Value)) == false)
            .ThenByDescending(spare => spare.Filler is { } filler ? byFiller[filler.Run] : 0)
            .ThenBy(static spare => spare.Filler?.Run ?? default).ThenBy(static spare => spare.Lease.Id)
            .ThenBy(static spare => spare.Slots.Node, StringComparer.Ordinal)];
    }

    /// <summary>Divides the slots of a spare on one node into idle ones and those of each filler.</summary>
    private void Divide(Lease spare, NodeSlots kept, List<SpareSlots> into)
    {
        var filled = state.Fleet.SlotsByRole(kept.Node).Active & kept.Mask;
        if ((kept.Mask & ~filled) is not 0 and var idle)
            into.Add(new SpareSlots(spare, kept with { Mask = idle }, null, false));
        if (filled == 0)
            return;
        foreach (var filler in state.RunningRuns.SelectMany(static run => run.Leases)
            .Where(static lease => lease.Role == LeaseRole.Active))
        {
            foreach (var slots in filler.Slots)
            {
                if (slots.Node != kept.Node || (slots.Mask & filled) is not (not 0 and var mask))
                    continue;
                var isFunded = state.Funding.ClassOf(filler.Id) != FundingClass.Unfunded;
                into.Add(new SpareSlots(spare, kept with { Mask = mask }, filler, isFunded));
            }
        }
    }

    private static IEnumerable<int> LostGroups(LeaseRevision revision) =>
        revision.Lost.Where(static lost => lost.Lease.Role == LeaseRole.Active)
            .Select(lost => revision.Run.Demand.GroupGpus > 0 ? lost.Lease.Group : 0).Distinct().Order();

    private static IEnumerable<(Lease Lease, NodeSlots Slots)> LostActive(LeaseRevision revision, int group) =>
        revision.Lost.Where(lost => lost.Lease.Role == LeaseRole.Active && IsOf(revision, lost.Lease, group));

    /// <summary>Whether a lease is of a group. Without groups, any spare stands in for any GPU.</summary>
    private static bool IsOf(LeaseRevision revision, Lease lease, int group) =>
        revision.Run.Demand.GroupGpus == 0 || lease.Group == group;

    private LeaseRevision RevisionOf(RunningRun run)
    {
        if (!revisions.TryGetValue(run.Demand.Run, out var revision))
            revisions.Add(run.Demand.Run, revision = new LeaseRevision(run));
        return revision;
    }

    private LedgerEntry Entry(Node fenced, DateTimeOffset now)
    {
        var (swaps, next) = (new List<Opening>(), state.NextLease);
        var going = revisions.Where(revision => !closings.ContainsKey(revision.Key)).Select(pair => pair.Value)
            .ToArray();
        foreach (var revision in going)
        {
            if (revision.Opening(next) is not { } opening)
                continue;
            swaps.Add(opening);
            next += opening.Leases.Count;
        }
        // A run that closes ends its leases by that, but those that say why it was not mended.
        var ends = going.SelectMany(revision => revision.Ends(now)).Concat(
            declined.Where(lease => closings.ContainsKey(lease.Run)).Select(
                lease => new LeaseEnd(lease.Id, lease.Run, now, LeaseEndReason.SwapDeclined))).ToArray();
        return new LedgerEntry
        {
            At = now,
            Nodes = [fenced],
            End = ends.Length > 0 ? [.. ends.OrderBy(static end => end.Lease)] : null,
            Close = closings.Count > 0 ? [.. closings.Values] : null,
            Swap = swaps.Count > 0 ? swaps : null,
        };
    }

    private static NodeSlots Lowest(NodeSlots slots, int count, out NodeSlots rest)
    {
        var (lowest, left) = (0UL, slots.Mask);
        for (; count > 0 && left != 0; count--)
        {
            var bit = left & (~left + 1);
            lowest |= bit;
            left ^= bit;
        }
        rest = slots with { Mask = left };
        return slots with { Mask = lowest };
    }
}

/// <summary>Slots of a spare lease on one node: idle ones, or those under one filler.</summary>
/// <param name="Lease">The spare lease.</param>
/// <param name="Slots">The slots.</param>
/// <param name="Filler">The active lease on them. Null if they are idle.</param>
/// <param name="IsFunded">Whether that lease is funded, so that a swap may not evict it.</param>
internal sealed record SpareSlots(Lease Lease, NodeSlots Slots, Lease? Filler, bool IsFunded);

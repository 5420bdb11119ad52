using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>Random runs with groups, spares, widths and fillers, laid out at random, whose nodes fail one by one.
/// </summary>
public sealed class NodeFailureProperties
{
    [Fact]
    public void Whatever_fails_a_run_goes_on_within_its_widths_or_ends()
    {
        var happened = new Dictionary<string, int>();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Fail(new Random(seed), happened)).Check(
            Config.QuickThrowOnFailure.WithMaxTest(1000));
        foreach (var what in new[] { "swapped", "narrowed", "both", "between widths", "evicted", "ended" })
            Assert.True(happened.GetValueOrDefault(what) > 5, $"{what}: {happened.GetValueOrDefault(what)} times.");
    }

    private static void Fail(Random random, Dictionary<string, int> happened)
    {
        var layout = new FailureLayout(random);
        var state = layout.Bench.State;
        foreach (var node in state.Fleet.Nodes.Select(node => node.Name).OrderBy(_ => random.Next()).ToArray())
        {
            var before = state.RunningRuns.Select(run => new Before(run, state, node)).ToArray();
            var entry = layout.Bench.Fence(node);
            Assert.Empty(StateAudit.Check(state)); // Minimum, domains, slots that exist, none on a fenced node.
            foreach (var run in before)
            {
                var (was, key) = (run, run.Demand.Run);
                if (state.RunningWork.Find(key) is { } now)
                    CheckGoesOn(was, now, happened);
                else
                    CheckEnded(was, Assert.Single(entry.Close!, closing => closing.Run == key), happened);
            }
            CheckEnds(state, entry, before, happened);
        }
    }

    private static void CheckGoesOn(Before was, RunningRun now, Dictionary<string, int> happened)
    {
        var demand = was.Demand;
        Assert.InRange(now.Gpus(), demand.LeastGpus(), was.Gpus);
        Assert.True(demand.GpusStep > 0 || now.Gpus() == was.Gpus);
        var isOnGrid = demand.GpusStep == 0 || (now.Gpus() - demand.LeastGpus()) % demand.GpusStep == 0;
        var isWhole = demand.GroupGpus == 0
            || (demand.GpusStep % demand.GroupGpus == 0 && demand.LeastGpus() % demand.GroupGpus == 0);
        Assert.True(isOnGrid || !isWhole);
        // A group stays as wide as it was, or ends with its spares.
        foreach (var group in now.Leases.GroupBy(lease => lease.Group).Where(_ => demand.GroupGpus > 0))
            Assert.Equal(was.Width(group.Key), Width(group));
        Count(happened, "between widths", !isOnGrid);
        var swaps = now.Leases.Any(lease => lease.Reason == LeaseStartReason.Swap && !was.Held(lease));
        Count(happened, "swapped", swaps && now.Gpus() == was.Gpus);
        Count(happened, "narrowed", now.Gpus() < was.Gpus);
        Count(happened, "both", swaps && now.Gpus() < was.Gpus && demand.SparesPerGroup > 0);
    }

    private static void CheckEnded(Before was, Closing closing, Dictionary<string, int> happened)
    {
        Assert.True(closing.Requeue == was.Demand.RequeuesOnNodeFailure
            || closing.Reason == LeaseEndReason.ReclaimedBySpare);
        if (closing.Reason == LeaseEndReason.NodeFailure)
            Assert.True(was.Demand.GpusStep == 0 ? was.Kept < was.Gpus : was.Kept < was.Demand.LeastGpus(),
                $"{was.Demand.Run} could have gone on with {was.Kept} of {was.Gpus} GPUs.");
        Count(happened, "ended", true);
    }

    /// <summary>What a swap takes from a spare or from a filler, it uses.</summary>
    private static void CheckEnds(
        FlavorState state, LedgerEntry entry, Before[] before, Dictionary<string, int> happened)
    {
        var swapped = (entry.Swap ?? []).SelectMany(opening => opening.Leases.Where(
            lease => lease.Role == LeaseRole.Active).Select(lease => (Run: opening.Starts(), lease.Slots))).ToArray();
        bool IsUsed(Lease lease, bool bySame) => swapped.Any(swap => (swap.Run == lease.Run) == bySame
            && swap.Slots.Any(slots => lease.Slots.Any(
                here => here.Node == slots.Node && (here.Mask & slots.Mask) != 0)));
        foreach (var end in entry.End ?? [])
        {
            var lease = before.Single(run => run.Demand.Run == end.Run).Leases.Single(open => open.Id == end.Lease);
            Assert.True(end.Reason != LeaseEndReason.Swap || IsUsed(lease, true), $"{end} is not used.");
            Assert.True(end.Reason != LeaseEndReason.ReclaimedBySpare || IsUsed(lease, false), $"{end} is not used.");
        }
        foreach (var closing in entry.Close ?? [])
        {
            if (closing.Reason != LeaseEndReason.ReclaimedBySpare)
                continue;
            Assert.Contains(before.Single(run => run.Demand.Run == closing.Run).Leases, lease => IsUsed(lease, false));
            Assert.NotNull(state.Queue.Find(closing.Run));
            Count(happened, "evicted", true);
        }
    }

    private static int Width(IEnumerable<Lease> leases) =>
        leases.Sum(lease => lease.Role == LeaseRole.Active ? lease.Gpus() : 0);

    private static void Count(Dictionary<string, int> happened, string what, bool isSo) =>
        happened[what] = happened.GetValueOrDefault(what) + (isSo ? 1 : 0);

    /// <summary>A run before a node fails.</summary>
    private sealed class Before
    {
        public Before(RunningRun run, FlavorState state, string node)
        {
            (Demand, Leases, Gpus) = (run.Demand, [.. run.Leases], run.Gpus());
            foreach (var group in Leases.GroupBy(lease => Demand.GroupGpus > 0 ? lease.Group : 0))
            {
                var lost = Gpu(group, LeaseRole.Active, slots => slots.Node == node ? slots.Mask : 0);
                TopologyKey UnitOf(NodeSlots slots) => Demand.RequiredLevel() is { } level
                    ? state.Fleet.Find(slots.Node)!.Unit(level) : default;
                TopologyKey[] kept = [.. group.Where(lease => lease.Role == LeaseRole.Active)
                    .SelectMany(lease => lease.Slots).Where(slots => slots.Node != node).Select(UnitOf).Distinct()];
                // Of idle spares, those in the unit of what is left, or, if nothing is, in the unit with the most.
                var idle = group.Where(lease => lease.Role == LeaseRole.Spare).SelectMany(lease => lease.Slots)
                    .Where(slots => slots.Node != node && (kept.Length == 0 || kept.Contains(UnitOf(slots))))
                    .GroupBy(UnitOf).Select(unit => unit.Sum(slots => BitOperations.PopCount(
                        slots.Mask & ~state.Fleet.SlotsByRole(slots.Node).Active))).DefaultIfEmpty().Max();
                var width = Width(group);
                Kept += lost <= idle ? width : Demand.GroupGpus > 0 ? 0 : width - lost;
            }
        }

        public Demand Demand { get; }

        public IReadOnlyList<Lease> Leases { get; }

        public int Gpus { get; }

        /// <summary>The width that it keeps at least: of groups that lose no more than they have idle spares.</summary>
        public int Kept { get; }

        public int Width(int group) => NodeFailureProperties.Width(Leases.Where(lease => lease.Group == group));

        public bool Held(Lease lease) => Leases.Any(held => held.Id == lease.Id);

        private static int Width(IEnumerable<Lease> leases) => NodeFailureProperties.Width(leases);

        private static int Gpu(IEnumerable<Lease> leases, LeaseRole role, Func<NodeSlots, ulong> mask) => leases
            .Where(lease => lease.Role == role).SelectMany(lease => lease.Slots)
            .Sum(slots => BitOperations.PopCount(mask(slots)));
    }
}

using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Contention;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Placement;

public sealed class LevelPackerProperties
{
    [Fact]
    public void Each_group_lies_on_free_slots_of_one_unit_and_its_spares_in_its_domain() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var demand = MakeDemand(random, fleet);
        var free = fleet.Nodes.ToDictionary(node => node.Name, node => FreeOf(fleet, node));
        if (Pack(fleet, demand) is not { } placed)
            return;
        var units = new HashSet<DomainKey>();
        for (var part = 0; part < placed.Length; part++)
        {
            Assert.Equal(demand.GpusOfGroup(part), placed[part].Sum(slots => slots.Count));
            foreach (var slots in placed[part])
            {
                Assert.Equal(slots.Mask, slots.Mask & free[slots.Node]);
                free[slots.Node] &= ~slots.Mask;
            }
            var active = Nodes(fleet, placed[part], demand.GpusOfGroup(part) - demand.SparesPerGroup);
            if (demand.LevelRequired)
                Assert.Single(active.Select(node => node.Unit(demand.Level!.Value)).Distinct());
            if (IsWhole(demand))
                Assert.Single(placed[part].Select(slots => fleet.Find(slots.Node)!.Domain()).Distinct());
            units.UnionWith(placed[part].Select(slots => fleet.Find(slots.Node)!.Domain()));
        }
        Assert.True(!demand.OneDomain || units.Count == 1);
    });

    [Fact]
    public void A_gang_is_placed_whenever_some_assignment_of_its_groups_to_units_exists() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var demand = MakeDemand(random, fleet) with { LevelRequired = true };
        var exists = new Assignment(fleet, demand).Exists();
        Assert.Equal(exists, Pack(fleet, demand) is not null);
        var shape = new SliceShape(demand, fleet.Domains.Count);
        foreach (var node in fleet.Nodes.OrderBy(_ => random.Next()).Where(node => FreeOf(fleet, node) != 0))
            shape.Add(fleet.Placed(node.Name)!, BitOperations.PopCount(FreeOf(fleet, node)));
        Assert.Equal(exists, shape.IsHeld);
    });

    [Fact]
    public void A_preferred_level_never_keeps_a_gang_waiting_and_a_group_has_as_few_units_as_any_domain_allows() =>
        ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var demand = MakeDemand(random, fleet) with { LevelRequired = false };
        var placed = Pack(fleet, demand);
        Assert.Equal(Pack(fleet, demand with { Level = null }) is null, placed is null);
        if (placed is not [var slots] || demand.GroupGpus == 0)
            return;
        var level = demand.Level!.Value;
        var active = Nodes(fleet, slots, demand.GpusOfGroup(0) - demand.SparesPerGroup);
        var least = fleet.Nodes.GroupBy(node => node.Domain())
            .Where(domain => domain.Sum(node => FreeCount(fleet, node)) >= demand.GpusWithSpares())
            .Min(domain => UnitsFor(demand.Gpus, domain.GroupBy(node => node.Unit(level))
                .Select(unit => unit.Sum(node => FreeCount(fleet, node)))));
        Assert.Equal(least, active.Select(node => node.Unit(level)).Distinct().Count());
    });

    [Fact]
    public void The_same_fleet_gives_the_same_slots_however_it_came_about() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var demand = MakeDemand(random, fleet);
        Pack(fleet, demand); // From here on, sums by unit are kept up to date rather than counted.
        foreach (var node in fleet.Nodes.Where(node => FreeOf(fleet, node) != 0 && random.Next(2) == 0).ToArray())
        {
            var some = FreeOf(fleet, node) & (ulong)random.NextInt64();
            fleet.Take(new NodeSlots(node.Name, some != 0 ? some : FreeOf(fleet, node)));
        }
        var again = new Fleet();
        foreach (var node in fleet.Nodes.OrderBy(_ => random.Next()).ToArray())
            PutUsed(again, node, fleet.UsedSlots(node.Name));
        var (one, other) = (Pack(fleet, demand), Pack(again, demand));
        Assert.Equal(one is null, other is null);
        Assert.True(one is null || one.Zip(other!).All(pair => pair.First.SequenceEqual(pair.Second)));
    });

    [Fact]
    public void An_overlay_counts_like_slots_that_were_really_released_and_taken() => ForAnySeed(random =>
    {
        var (fleet, real) = (MakeFleet(random), new Fleet());
        var overlay = new SlotOverlay(fleet);
        foreach (var node in fleet.Nodes.ToArray())
        {
            var freed = fleet.UsedSlots(node.Name) & (ulong)random.NextInt64();
            var kept = AllOf(node) & (ulong)random.NextInt64() & (ulong)random.NextInt64();
            overlay.Free(new NodeSlots(node.Name, freed));
            overlay.Block(new NodeSlots(node.Name, kept));
            PutUsed(real, node, (fleet.UsedSlots(node.Name) & ~freed) | kept);
        }
        var demand = MakeDemand(random, fleet);
        Assert.Equal(Pack(real, demand) is null, Pack(fleet, demand, overlay) is null);
    });

    [Fact]
    public void A_group_takes_the_tightest_unit_that_holds_it()
    {
        var fleet = new Fleet();
        foreach (var (name, rack, used) in new[] { ("a", "r0", 0), ("b", "r0", 6), ("c", "r1", 4), ("d", "r1", 3) })
            PutUsed(fleet, MakeNode(name, 8, "d0", "b0", rack), (1UL << used) - 1);
        Assert.Equal(["c#4-7", "d#3-7"], Words(fleet, 9));
        Assert.Equal(["a#0-7", "b#6-7"], Words(fleet, 10));
        Assert.Null(Pack(fleet, Rack(11)));
        Assert.Equal(3, Pack(fleet, Rack(11) with { LevelRequired = false })![0].Count);
    }

    [Fact]
    public void A_spare_is_in_the_rack_of_its_group_if_it_fits_and_on_another_node_than_a_group_that_keeps_to_one()
    {
        var fleet = new Fleet();
        foreach (var (name, rack) in new[] { ("a", "r0"), ("b", "r0"), ("c", "r1") })
            fleet.Put(MakeNode(name, 4, "d0", "b0", rack));
        Assert.Equal(["a#0-3", "b#0", "b#1"], Words(fleet, 5, spares: 1));
        Assert.Equal(["a#0-3", "b#0-3", "c#0"], Words(fleet, 8, spares: 1));
        Assert.Equal(["c#0-2", "a#0"],
            Pack(fleet, Rack(3) with { Level = LocalityLevel.Node, SparesPerGroup = 1 })![0]
                .Select(slots => slots.ToString()));
    }

    [Fact]
    public void Equal_racks_of_two_blocks_are_two_and_a_node_without_a_rack_is_its_own()
    {
        var fleet = new Fleet();
        fleet.Put(MakeNode("a", 4, "d0", "b0", "r0"));
        fleet.Put(MakeNode("b", 4, "d0", "b1", "r0"));
        Assert.Null(Pack(fleet, Rack(8)));
        Assert.Null(Pack(fleet, Rack(8) with { Level = LocalityLevel.Block }));
        fleet.Put(MakeNode("c", 4, "d0", "b1", null));
        Assert.Null(Pack(fleet, Rack(8)));
        Assert.Equal(["b#0-3", "c#0-3"], Pack(fleet, Rack(8) with { Level = LocalityLevel.Block })![0]
            .Select(slots => slots.ToString()));
        fleet.Put(MakeNode("d", 4, "d0", null, "r0"));
        fleet.Put(MakeNode("e", 4, "d0", null, "r0"));
        Assert.Equal(["d#0-3", "e#0-3"], Words(fleet, 8));
    }

    private static string[] Words(Fleet fleet, int gpus, int spares = 0) =>
        [.. Pack(fleet, Rack(gpus) with { SparesPerGroup = spares })![0].Select(slots => slots.ToString())];

    private static Demand Rack(int gpus) => new()
    {
        Run = new RunKey("ns", "r"),
        Owner = "org",
        Gpus = gpus,
        GroupGpus = gpus,
        Level = LocalityLevel.Rack,
        LevelRequired = true,
        SubmittedAt = DateTimeOffset.UnixEpoch,
    };

    private static IReadOnlyList<NodeSlots>[]? Pack(Fleet fleet, Demand demand, SlotOverlay? overlay = null)
    {
        PackPart[] parts = IsWhole(demand)
            ? [.. Enumerable.Range(0, demand.Groups()).Select(group => new PackPart(
                demand.GpusOfGroup(group), true, Eligibility.Everywhere, demand.SparesPerGroup))]
            : [new PackPart(demand.GpusWithSpares(), false, Eligibility.Everywhere, demand.SparesPerGroup)];
        return Jobtree.Core.Scheduling.Gang.Pack(fleet, parts, demand, overlay);
    }

    private static bool IsWhole(Demand demand) => demand.GroupGpus > 0 || demand.LevelRequired;

    /// <summary>The nodes of the first GPUs of some slots: those behind are spares.</summary>
    private static IEnumerable<Node> Nodes(Fleet fleet, IReadOnlyList<NodeSlots> slots, int gpus)
    {
        foreach (var here in slots)
        {
            if (gpus <= 0)
                yield break;
            gpus -= here.Count;
            yield return fleet.Find(here.Node)!;
        }
    }

    private static int UnitsFor(int gpus, IEnumerable<int> free)
    {
        var units = 0;
        foreach (var room in free.OrderDescending())
        {
            if (gpus <= 0)
                break;
            (gpus, units) = (gpus - room, units + 1);
        }
        return gpus > 0 ? int.MaxValue : units;
    }

    private static Demand MakeDemand(Random random, Fleet fleet)
    {
        var gpus = random.Next(1, Math.Min(fleet.Gpus, 14) + 2);
        return Rack(gpus) with
        {
            GroupGpus = random.Next(4) == 0 ? 0 : random.Next(1, gpus + 1),
            OneDomain = random.Next(4) == 0,
            SparesPerGroup = random.Next(2) == 0 ? 0 : random.Next(1, 4),
            Level = (LocalityLevel)random.Next(3),
            LevelRequired = random.Next(2) == 0,
        };
    }

    private static Fleet MakeFleet(Random random)
    {
        var fleet = new Fleet();
        var nodes = random.Next(1, 9);
        for (var i = 0; i < nodes; i++)
        {
            var node = MakeNode($"n{i}", random.Next(1, 7), $"d{random.Next(2)}",
                random.Next(3) == 0 ? null : $"b{random.Next(2)}", random.Next(4) == 0 ? null : $"r{random.Next(2)}");
            PutUsed(fleet, random.Next(8) == 0 ? node with { State = NodeState.Cordoned } : node,
                random.Next(2) == 0 ? 0 : AllOf(node) & (ulong)random.NextInt64());
        }
        return fleet;
    }

    private static void PutUsed(Fleet fleet, Node node, ulong used)
    {
        fleet.Put(node with { State = NodeState.Ready });
        if (used != 0)
            fleet.Take(new NodeSlots(node.Name, used));
        fleet.Put(node);
    }

    private static Node MakeNode(string name, int gpus, string domain, string? block, string? rack)
    {
        var labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = domain };
        if (block is not null)
            labels.Add(NodeLabels.Block, block);
        if (rack is not null)
            labels.Add(NodeLabels.Rack, rack);
        return new Node { Name = name, Flavor = "H100", Gpus = gpus, Labels = labels };
    }

    private static ulong AllOf(Node node) => (1UL << node.Gpus) - 1;

    private static int FreeCount(Fleet fleet, Node node) => BitOperations.PopCount(FreeOf(fleet, node));

    private static ulong FreeOf(Fleet fleet, Node node) =>
        node.State == NodeState.Ready ? AllOf(node) & ~fleet.UsedSlots(node.Name) : 0;

    private static void ForAnySeed(Action<Random> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))).Check(
            Config.QuickThrowOnFailure.WithMaxTest(1500));

    /// <summary>Whether the groups of a demand can be assigned to units, found by trying every way.</summary>
    private sealed class Assignment
    {
        private readonly Demand demand;
        private readonly (DomainKey Domain, int Free)[] units;
        private readonly Dictionary<DomainKey, int> freeByDomain;

        public Assignment(Fleet fleet, Demand demand)
        {
            this.demand = demand;
            units = [.. fleet.Nodes.GroupBy(node => node.Unit(demand.Level!.Value)).Select(
                unit => (unit.First().Domain(), unit.Sum(node => FreeCount(fleet, node))))];
            freeByDomain = units.GroupBy(unit => unit.Domain).ToDictionary(
                domain => domain.Key, domain => domain.Sum(unit => unit.Free));
        }

        public bool Exists() => demand.OneDomain ? freeByDomain.Keys.Any(domain => Assign(0, domain)) : Assign(0, null);

        private bool Assign(int group, DomainKey? only)
        {
            var groups = demand.GroupGpus > 0 ? demand.Groups() : 1;
            if (group == groups)
                return true;
            var (all, gpus) = (demand.GpusOfGroup(group), demand.GpusOfGroup(group) - demand.SparesPerGroup);
            var tried = new HashSet<(DomainKey, int)>(); // Units with as much room are alike.
            for (var i = 0; i < units.Length; i++)
            {
                var (domain, free) = units[i];
                if (free < gpus || freeByDomain[domain] < all || (only is not null && only != domain)
                    || !tried.Add(units[i]))
                    continue;
                (units[i].Free, freeByDomain[domain]) = (free - gpus, freeByDomain[domain] - all);
                var isFit = Assign(group + 1, only);
                (units[i].Free, freeByDomain[domain]) = (free, freeByDomain[domain] + all);
                if (isFit)
                    return true;
            }
            return false;
        }
    }
}

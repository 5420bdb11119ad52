using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Tests.Placement;

public sealed class PackerProperties
{
    [Fact]
    public void A_gang_is_placed_whole_on_free_slots_or_not_at_all() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var (parts, oneDomain) = MakeParts(random, fleet);
        var free = fleet.Nodes.ToDictionary(node => node.Name, node => FreeOf(fleet, node));
        if (Packer.TryPack(fleet, parts, oneDomain) is not { } placed)
            return;
        Assert.Equal(parts.Select(part => part.Gpus), placed.Select(slots => slots.Sum(here => here.Count)));
        foreach (var slots in placed.SelectMany(slots => slots))
        {
            Assert.Equal(slots.Mask, slots.Mask & free[slots.Node]);
            free[slots.Node] &= ~slots.Mask;
        }
        var domains = placed.Select(
            slots => slots.Select(here => fleet.Find(here.Node)!.Domain()).Distinct().ToArray()).ToArray();
        Assert.All(parts.Zip(domains), pair => Assert.True(!pair.First.Whole || pair.Second.Length == 1));
        Assert.True(!oneDomain || domains.SelectMany(domain => domain).Distinct().Count() == 1);
        Assert.All(placed, slots => Assert.Equal(slots.OrderBy(here => here.Node, StringComparer.Ordinal), slots));
    });

    [Fact]
    public void A_gang_is_placed_whenever_the_arithmetic_says_that_it_can_be() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var (parts, oneDomain) = MakeParts(random, fleet);
        Assert.Equal(CanFit(fleet, parts, oneDomain), Packer.TryPack(fleet, parts, oneDomain) is not null);
    });

    [Fact]
    public void The_same_fleet_gives_the_same_slots_however_it_came_about() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        var again = new Fleet();
        foreach (var node in fleet.Nodes.OrderBy(_ => random.Next()).ToArray())
            PutUsed(again, node, fleet.UsedSlots(node.Name));
        var (parts, oneDomain) = MakeParts(random, fleet);
        var (one, other) = (Packer.TryPack(fleet, parts, oneDomain), Packer.TryPack(again, parts, oneDomain));
        Assert.Equal(one is null, other is null);
        Assert.True(one is null || one.Zip(other!).All(pair => pair.First.SequenceEqual(pair.Second)));
        Assert.Equal(fleet.Fragmentation(), again.Fragmentation());
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
        var (parts, oneDomain) = MakeParts(random, fleet);
        Assert.Equal(Packer.TryPack(real, parts, oneDomain) is null,
            Packer.TryPack(fleet, parts, oneDomain, overlay) is null);
        Assert.Equal(real.Free, Packer.Room(fleet, Eligibility.Everywhere, overlay));
    });

    [Fact]
    public void A_small_part_takes_the_tightest_node_in_the_fullest_domain()
    {
        var fleet = new Fleet();
        foreach (var (name, domain, used) in new[] { ("a0", "a", 0), ("a1", "a", 5), ("b0", "b", 5), ("b1", "b", 8) })
            PutUsed(fleet, MakeNode(name, 8, domain), (1UL << used) - 1);
        Assert.Equal("b0#5-7", Packer.TryPack(fleet, [new PackPart(3, false, Eligibility.Everywhere)], false)![0][0]
            .ToString());
        Assert.Equal("a0#0-3", Packer.TryPack(fleet, [new PackPart(4, false, Eligibility.Everywhere)], false)![0][0]
            .ToString());
    }

    [Fact]
    public void Stranded_are_the_free_GPUs_that_groups_on_one_node_leave_over() => ForAnySeed(random =>
    {
        var fleet = MakeFleet(random);
        foreach (var group in Fleet.StrandedWidths)
        {
            var usable = fleet.Nodes.Where(node => node.Gpus >= group).ToDictionary(
                node => node, node => BitOperations.PopCount(FreeOf(fleet, node)));
            var stranded = usable.Values.Sum();
            foreach (var node in usable.Keys)
            {
                for (; usable[node] >= group; usable[node] -= group)
                    stranded -= group;
            }
            Assert.Equal(stranded, fleet.Stranded()[group]);
        }
    });

    [Fact]
    public void Equal_names_in_two_clusters_are_two_domains()
    {
        var fleet = new Fleet();
        fleet.Put(MakeNode("a", 8, "0", "east"));
        fleet.Put(MakeNode("b", 8, "0", "west"));
        Assert.Null(Packer.TryPack(fleet, [new PackPart(16, true, Eligibility.Everywhere)], false));
        Assert.NotNull(Packer.TryPack(fleet, [new PackPart(8, true, Eligibility.Everywhere),
            new PackPart(8, true, Eligibility.Everywhere)], false));
    }

    private static bool CanFit(Fleet fleet, PackPart[] parts, bool oneDomain)
    {
        var free = fleet.Nodes.GroupBy(node => node.Domain()).Select(
            domain => domain.Sum(node => BitOperations.PopCount(FreeOf(fleet, node)))).ToArray();
        var total = parts.Sum(part => part.Gpus);
        if (oneDomain)
            return free.Any(room => room >= total);
        if (!parts[0].Whole)
            return free.Sum() >= total;

        // All groups are alike but for the last, which may be smaller: it fits beside full groups, or takes the place
        // of one.
        var (group, rest) = (parts[0].Gpus, parts[^1].Gpus);
        var full = parts.Count(part => part.Gpus == group);
        var places = free.Sum(room => room / group);
        return rest == group ? places >= full : places > full
            || (places == full && free.Any(room => room % group >= rest));
    }

    private static (PackPart[] Parts, bool OneDomain) MakeParts(Random random, Fleet fleet)
    {
        var gpus = random.Next(1, fleet.Gpus + 2);
        var oneDomain = random.Next(4) == 0;
        if (random.Next(2) == 0)
            return ([new PackPart(gpus, false, Eligibility.Everywhere)], oneDomain);
        var group = random.Next(1, gpus + 1);
        var parts = Enumerable.Repeat(new PackPart(group, true, Eligibility.Everywhere), gpus / group).ToList();
        if (gpus % group > 0)
            parts.Add(new PackPart(gpus % group, true, Eligibility.Everywhere));
        return ([.. parts], oneDomain);
    }

    private static Fleet MakeFleet(Random random)
    {
        var fleet = new Fleet();
        var nodes = random.Next(1, 9);
        for (var i = 0; i < nodes; i++)
        {
            var node = MakeNode($"n{i}", random.Next(1, 9), $"d{random.Next(3)}", $"c{random.Next(2)}");
            PutUsed(fleet, random.Next(6) == 0 ? node with { State = NodeState.Cordoned } : node,
                AllOf(node) & (ulong)random.NextInt64());
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

    private static Node MakeNode(string name, int gpus, string domain, string cluster = "c") => new()
    {
        Name = name,
        Flavor = "H100",
        Gpus = gpus,
        Labels = new Dictionary<string, string>
        {
            [NodeLabels.FabricDomain] = domain,
            [NodeLabels.Cluster] = cluster,
        },
    };

    private static ulong AllOf(Node node) => (1UL << node.Gpus) - 1;

    private static ulong FreeOf(Fleet fleet, Node node) =>
        node.State == NodeState.Ready ? AllOf(node) & ~fleet.UsedSlots(node.Name) : 0;

    private static void ForAnySeed(Action<Random> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))).Check(
            Config.QuickThrowOnFailure.WithMaxTest(600));
}

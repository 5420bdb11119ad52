using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Replay;

public sealed class ReplayFleetTests
{
    [Fact]
    public void Budgets_follow_the_share_of_gpu_time_and_add_up()
    {
        var trace = TinyTrace.Of(("x", 0, 3, 100), ("y", 0, 1, 100));
        var fleet = new ReplayFleet(
            trace, new ReplayOptions { Nodes = 10, GpusPerNode = 8, NodesPerDomain = 4, Overcommit = 1.25 });

        Assert.Equal([75, 25], fleet.Budgets.Select(budget => Assert.Single(budget.Envelopes).Concurrency));
        Assert.Equal(["org:trace:x", "org:trace:y"], fleet.Budgets.Select(budget => budget.Owner));
        Assert.Equal("org:trace:x", fleet.Owner(new TraceOwner("x", null)));
        Assert.Equal(80, fleet.Nodes.Sum(node => node.Gpus));
        Assert.Equal([4, 4, 2], fleet.Nodes.CountBy(node => node.Labels[NodeLabels.FabricDomain])
            .Select(domain => domain.Value));
    }

    [Fact]
    public void Users_are_children_of_their_cluster_and_of_the_common_parent_and_have_no_envelopes()
    {
        var trace = TinyTrace.OfUsers(
            ("x/ann", 0, 3, 100), ("y/ann", 0, 1, 100), ("x/Bob", 0, 3, 100), ("x/bob", 1, 1, 1));
        var fleet = new ReplayFleet(trace, new ReplayOptions());

        Assert.Equal(["x", "y", "x-bob", "x-ann", "x-bob-2", "y-ann"], fleet.Budgets.Select(budget => budget.Name));
        Assert.All(fleet.Budgets.Skip(2), budget =>
        {
            Assert.Empty(budget.Envelopes);
            Assert.Equal([$"org:trace:{budget.Namespace}", "org:trace"], budget.Parents);
        });
        Assert.Equal("org:trace:x:x-ann", fleet.Owner(new TraceOwner("x", "ann")));
        Assert.Equal("org:trace:y:y-ann", fleet.Owner(new TraceOwner("y", "ann")));
        Assert.Equal(6, fleet.Budgets.Select(budget => budget.Owner).Distinct().Count());
    }

    [Fact]
    public void Names_become_unique_labels()
    {
        var fleet = new ReplayFleet(TinyTrace.Of(("VC_1", 0, 1, 1), ("vc-1", 0, 1, 1), ("vc 1", 0, 1, 1),
            ("<>", 0, 1, 1), (new string('a', 99), 0, 1, 1)), new ReplayOptions());

        var names = fleet.Budgets.Select(budget => budget.Name).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.All(names, name => Assert.Matches("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name));
    }

    [Theory]
    [InlineData(10, new[] { 1.0, 1, 1 }, new[] { 4, 3, 3 })]
    [InlineData(5, new[] { 0.0, 0 }, new[] { 3, 2 })]
    [InlineData(0, new[] { 1.0, 2 }, new[] { 0, 0 })]
    [InlineData(7, new[] { 6.0, 0, 1 }, new[] { 6, 0, 1 })]
    public void Whole_units_are_split_by_largest_remainder(int total, double[] weights, int[] units) =>
        Assert.Equal(units, LargestRemainder.Split(total, weights));
}

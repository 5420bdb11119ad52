using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>What a manifest says a node is does not touch what somebody has done to it.</summary>
public sealed class NodeStateTests
{
    private static readonly Node Node0 = new() { Name = "n0", Flavor = "H100", Gpus = 8 };

    [Theory]
    [InlineData(NodeState.Ready)]
    [InlineData(NodeState.Fenced)]
    public async Task Applying_a_manifest_leaves_the_state_of_a_node_and_says_so(NodeState stated)
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        await Apply(fleet, Node0);
        Value(await fleet.Operations.SetNodeState("n0", NodeState.Cordoned, "ann", "a fan is loud", "cordon"));

        var applied = await Apply(fleet, Node0 with { State = stated });

        Assert.Equal("unchanged", applied.Outcome);
        Assert.StartsWith("it stays Cordoned, set by ann at ", applied.Message, StringComparison.Ordinal);
        Assert.EndsWith("(a fan is loud); a manifest does not change a node's state", applied.Message,
            StringComparison.Ordinal);
        var grown = await Apply(fleet, Node0 with { Gpus = 16, State = stated });
        Assert.Equal("changed", grown.Outcome);
        await fleet.Step();
        var node = await Only(fleet);
        Assert.Equal((16, NodeState.Cordoned, "ann", "a fan is loud"),
            (node.Gpus, node.State, node.StateSet?.By, node.StateSet?.Reason));
    }

    [Fact]
    public async Task A_state_that_a_node_has_already_keeps_who_set_it_and_since_when()
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        await Apply(fleet, Node0 with { State = NodeState.Cordoned });
        Assert.Equal((NodeState.Cordoned, null), ((await Only(fleet)).State, (await Only(fleet)).StateSet));

        Assert.Equal("unchanged", Value(await Set(fleet, NodeState.Cordoned, "ann")).Outcome);
        Assert.Equal("changed", Value(await Set(fleet, NodeState.Ready, "bob")).Outcome);
        Assert.Equal("unchanged", Value(await Set(fleet, NodeState.Ready, "ann")).Outcome);

        Assert.Equal("bob", (await Only(fleet)).StateSet?.By);
        Assert.Equal(ProblemCode.NotFound, Refusal(await fleet.Operations.SetNodeState(
            "n9", NodeState.Ready, "ann", null, "ready")).Code);
    }

    private static Task<Result<Applied>> Set(StepFleet fleet, NodeState state, string by) =>
        fleet.Operations.SetNodeState("n0", state, by, null, $"{by} {state}");

    private static async Task<Applied> Apply(StepFleet fleet, Node node) =>
        Assert.Single(Value(await fleet.Operations.Apply([new NodeManifest(node)], Guid.NewGuid().ToString())));

    private static async Task<Node> Only(StepFleet fleet) =>
        Assert.Single(await fleet.Actors.Flavor("H100").Nodes()).Node;

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }

    private static Problem Refusal<T>(Result<T> result)
    {
        Assert.False(result.Succeeded(out _, out var problem));
        return problem;
    }
}

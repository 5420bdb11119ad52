using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>What applying several documents does.</summary>
public sealed class ApplyTests
{
    [Fact]
    public async Task A_conflict_among_a_thousand_runs_is_found_before_the_first_is_applied()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("r500", 1)], "before");
        var runs = Enumerable.Range(0, 1000).Select(number => Run($"r{number}", number == 500 ? 2 : 1)).ToArray();
        var refused = await fleet.Operations.Apply(runs, "all");
        Assert.Equal(ProblemCode.Conflict, refused.Problem?.Code);
        Assert.Contains("default/r500", refused.Problem!.Detail);
        Assert.Equal("default/r500", Assert.Single(fleet.Journals.Actors(ActorKind.Run)).Name);
    }

    [Fact]
    public async Task A_node_that_must_not_change_is_found_before_the_first_document_is_applied()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("busy", 1)], "before");
        var refused = await fleet.Operations.Apply([Run("new", 1), Node("n2", 8), Node("n1", 4)], "all");
        Assert.Equal(ProblemCode.Conflict, refused.Problem?.Code);
        Assert.Equal("Node n1 has open leases; its GPUs and labels can be changed when they have ended.",
            refused.Problem!.Detail);
        Assert.Equal("default/busy", Assert.Single(fleet.Journals.Actors(ActorKind.Run)).Name);
        Assert.Equal("n1", Assert.Single((await fleet.Operations.ListNodes(new NodeQuery())).Value!.Items).Node.Name);
    }

    [Fact]
    public async Task A_generated_name_is_another_for_each_command_and_the_same_for_a_repeat()
    {
        await using var fleet = await Start();
        var run = new RunManifest(new RunKey("default", "train-"), Run("x", 1).Spec) { GeneratesName = true };
        var first = (await fleet.Operations.Apply([run, run], "one")).Value!;
        var repeated = (await fleet.Operations.Apply([run, run], "one")).Value!;
        var second = (await fleet.Operations.Apply([run], "two")).Value!;
        Assert.Equal(first, repeated);
        Assert.Equal(3, first.Concat(second).Select(applied => applied.Name).Distinct().Count());
        Assert.All(first, applied => Assert.Matches("^default/train-[0-9a-f]{10}$", applied.Name));
        Assert.Equal(3, (await fleet.Operations.ListRuns(new RunQuery())).Value!.Items.Count);
    }

    private static async Task<StepFleet> Start()
    {
        var fleet = new StepFleet(Restarts.Never);
        await fleet.Operations.Apply([Node("n1", 8)], "nodes");
        return fleet;
    }

    private static NodeManifest Node(string name, int gpus) =>
        new(new Node { Name = name, Flavor = "H100", Gpus = gpus });

    private static RunManifest Run(string name, int gpus) => new(new RunKey("default", name), new RunSpec
    {
        Owner = "lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
    });
}

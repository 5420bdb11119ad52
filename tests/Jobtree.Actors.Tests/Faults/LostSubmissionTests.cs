using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Faults;

/// <summary>
/// A store that lost a submission, and a flavor that hears of it afterwards all the same: the activation that had made
/// it was still asking when the loss was accepted. The client submits again.
/// </summary>
public sealed class LostSubmissionTests
{
    private static readonly RunKey Key = new("default", "train");

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public async Task What_comes_of_it_ends_when_the_run_is_submitted_again(int gpus)
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }),
            new NodeManifest(new Node { Name = "n2", Flavor = "H100", Gpus = 8, State = NodeState.Cordoned }));
        var lost = new Demand { Run = Key, Owner = "lab", Gpus = gpus, SubmittedAt = fleet.Now.AddSeconds(-1) };
        Assert.True((await fleet.Actors.Flavor("H100").Admit(lost)).Succeeded(out var fact, out _));
        Assert.Equal(gpus == 8 ? RunFactKind.Started : RunFactKind.Queued, fact.Kind);

        await Apply(fleet, new RunManifest(Key, new RunSpec { Owner = "lab",
            Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }));
        var run = (await fleet.Operations.GetRun(Key)).Value!;
        Assert.Equal(RunPhase.Running, run.Status!.Phase);
        Assert.Single((await fleet.Operations.ListLeases(new LeaseQuery())).Value!.Items);
        Assert.True((await fleet.Operations.CancelRun(Key, "cancel")).Succeeded(out _, out _));
        await fleet.Step();
        Assert.Empty((await fleet.Operations.ListLeases(new LeaseQuery())).Value!.Items);
        Assert.Empty((await fleet.Operations.Audit()).Value!.Violations);
    }

    [Fact]
    public async Task What_comes_of_it_ends_when_the_loss_is_settled_and_what_is_there_or_new_goes_on()
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }),
            new RunManifest(new RunKey("default", "kept"), new RunSpec { Owner = "lab",
                Resources = new Resources { GpuType = "H100", TotalGPUs = 2 } }));
        var flavor = fleet.Actors.Flavor("H100");
        var (accepted, late) = (fleet.Now.AddSeconds(1), fleet.Now.AddSeconds(2));
        foreach (var demand in new[]
        {
            new Demand { Run = Key, Owner = "lab", Gpus = 2, SubmittedAt = fleet.Now },
            new Demand { Run = new RunKey("default", "waits"), Owner = "lab", Gpus = 8, SubmittedAt = fleet.Now },
            new Demand { Run = new RunKey("default", "new"), Owner = "lab", Gpus = 2, SubmittedAt = late },
        })
            Assert.True((await flavor.Admit(demand)).Succeeded(out _, out _));
        var state = (await flavor.Copy()).State;
        Assert.Equal(2, await LostRuns.End(fleet.Actors, "H100", state, accepted, "ann"));
        var left = (await flavor.Copy()).State;
        Assert.Equal(["default/kept", "default/new"], left.Running.Select(run => run.Demand.Run.ToString()));
        Assert.Empty(left.Waiting);
    }

    private static async Task Apply(StepFleet fleet, params Manifest[] manifests)
    {
        var applied = await fleet.Operations.Apply(manifests, Guid.NewGuid().ToString());
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
        await fleet.Step();
    }
}

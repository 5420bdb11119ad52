using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests;

/// <summary>What a run's journal keeps.</summary>
public sealed class RunJournalTests
{
    [Fact]
    public async Task The_whole_spec_comes_back_after_a_restart()
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        var spec = new RunSpec
        {
            Owner = "o",
            Resources = new Resources { GpuType = "H100", TotalGPUs = 8 },
            Locality = new Locality { GroupGPUs = 4, AllowCrossGroupSpread = false },
            Funding = new RunFunding { AllowBorrow = false, MaxBorrowGPUs = 0, Sponsors = ["s"] },
            Runtime = new RuntimeHints { Checkpoint = TimeSpan.FromMinutes(5) },
        };
        var key = new RunKey("ns", "run");
        var node = new Node { Name = "n", Flavor = "H100", Gpus = 4 };
        Assert.True((await fleet.Operations.Apply([new NodeManifest(node), new RunManifest(key, spec)], "op-1"))
            .Succeeded(out _, out _));
        await fleet.Step();
        Assert.True((await fleet.Operations.GetRun(key)).Succeeded(out var run, out _));
        Assert.Equal(RunPhase.Pending, run.Status!.Phase);
        Assert.Equal(spec.Locality, run.Spec.Locality);
        Assert.Equal(0, run.Spec.Funding!.MaxBorrowGPUs);

        // The same submission, repeated by a client that heard no answer, changes nothing.
        Assert.True((await fleet.Operations.Apply([new RunManifest(key, spec)], "op-2"))
            .Succeeded(out var applied, out var problem), problem?.Detail);
        Assert.Equal("unchanged", Assert.Single(applied).Outcome);
    }
}

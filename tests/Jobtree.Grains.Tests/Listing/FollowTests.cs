using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Listing;

/// <summary>Runs that follow others on a cluster that acts by itself, with upstream runs in every shard.</summary>
public sealed class FollowTests
{
    private const int Runs = 40;

    private static readonly GrainOptions Quick = new()
    {
        FollowEvery = TimeSpan.FromMilliseconds(50),
        SweepEvery = TimeSpan.FromMilliseconds(200),
    };

    [Fact]
    public async Task Followers_start_by_themselves_when_their_upstream_runs_complete()
    {
        await using var fleet = await Start();
        // Followers first: their upstream runs are not known yet.
        for (var i = 0; i < Runs; i++)
            await Apply(fleet, Run($"down-{i}", $"up-{i}"));
        for (var i = 0; i < Runs; i++)
            await Apply(fleet, Run($"up-{i}"));
        Assert.InRange(Enumerable.Range(0, Runs).Select(i => RunShard.Of(Key($"up-{i}"))).Distinct().Count(), 12, 16);
        for (var i = 0; i < Runs; i++)
            Assert.True((await fleet.Operations.CompleteRun(Key($"up-{i}"), i % 2 == 0, null, $"end-{i}"))
                .Succeeded(out _, out _));
        for (var i = 0; i < Runs; i += 2)
            await Reaches(fleet, $"down-{i}", RunPhase.Running);
        Assert.Equal(RunPhase.Waiting, await Phase(fleet, "down-1"));
        await fleet.AdvanceTo(fleet.Now + TimeSpan.FromMinutes(31));
        for (var i = 1; i < Runs; i += 2)
            await Reaches(fleet, $"down-{i}", RunPhase.Failed);
    }

    [Fact]
    public async Task Runs_that_follow_each_other_fail_although_they_are_submitted_at_once()
    {
        await using var fleet = await Start();
        await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => Apply(fleet, Run($"r{i}", $"r{(i + 1) % Runs}"))));
        for (var i = 0; i < Runs; i++)
            await Reaches(fleet, $"r{i}", RunPhase.Failed);
        Assert.True((await fleet.Operations.GetRun(Key("r0"))).Succeeded(out var failed, out _));
        Assert.StartsWith("No run of a cycle could ever start: t/r0 follows t/r1 follows", failed.Status!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_run_of_a_cluster_starts_when_it_is_released()
    {
        await using var fleet = await Start();
        await Apply(fleet, Run("all", gpus: 640));
        await Apply(fleet, Run("next"));
        Assert.True((await fleet.Operations.HoldRun(Key("next"), null, "hold")).Succeeded(out _, out _));
        Assert.True((await fleet.Operations.CompleteRun(Key("all"), true, null, "end")).Succeeded(out _, out _));
        Assert.Equal(RunPhase.Waiting, await Phase(fleet, "next"));
        Assert.True((await fleet.Operations.ReleaseRun(Key("next"), "go")).Succeeded(out var run, out _));
        Assert.Equal(RunPhase.Running, run.Status!.Phase);
    }

    private static async Task<ClusterFleet> Start()
    {
        var fleet = await ClusterFleet.Start(2, Quick);
        Assert.True((await fleet.Operations.Apply([.. Enumerable.Range(0, 10).Select(i => new NodeManifest(new Node
        {
            Name = $"n{i}", Flavor = "H100", Gpus = 64,
            Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d" },
        }))], "nodes")).Succeeded(out _, out _));
        return fleet;
    }

    private static RunManifest Run(string name, string? after = null, int gpus = 1) => new(Key(name), new RunSpec
    {
        Owner = "org:lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
        Follow = after is null ? null : new Follow { After = [after] },
    });

    private static async Task Apply(ClusterFleet fleet, RunManifest run)
    {
        var applied = await fleet.Operations.Apply([run], $"submit-{run.Key}");
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
    }

    private static Task Reaches(ClusterFleet fleet, string run, RunPhase phase) =>
        Eventually.Holds(async () => await Phase(fleet, run) == phase, TimeSpan.FromSeconds(60));

    private static async Task<RunPhase?> Phase(ClusterFleet fleet, string run) =>
        (await fleet.Operations.GetRun(Key(run))).Value?.Status!.Phase;

    private static RunKey Key(string name) => new("t", name);
}

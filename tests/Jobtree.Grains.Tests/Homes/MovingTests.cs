using Jobtree.Actors.Operations;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Tests.Fleets;

namespace Jobtree.Grains.Tests.Homes;

/// <summary>Runs move when silos come and go, and go on as if they had not.</summary>
public sealed class MovingTests
{
    private const int Runs = 60;

    [Fact]
    public async Task Runs_go_on_where_they_move_to()
    {
        await using var fleet = await ClusterFleet.Start(2);
        var manifests = new List<Manifest>();
        for (var node = 0; node < 8; node++)
            manifests.Add(new NodeManifest(new Node { Name = $"n{node}", Flavor = "H100", Gpus = 8 }));
        for (var run = 0; run < Runs; run++)
            manifests.Add(Run(run));
        Value(await fleet.Operations.Apply(manifests, "fill", null));

        var added = await fleet.AddSilo();
        await EndAndSubmitAgain(fleet, 0, 20, 1);
        // Back to where some of them were before, and where older activations may still be.
        await fleet.StopSilo(added);
        await EndAndSubmitAgain(fleet, 20, 40, 1);
        await EndAndSubmitAgain(fleet, 0, 20, 2);
        await fleet.AddSilo();
        for (var run = 0; run < Runs; run++)
            Assert.Equal(RunPhase.Running, Value(await fleet.Operations.GetRun(Key(run))).Status!.Phase);
        Assert.Empty(Value(await fleet.Operations.Audit()).Violations);
    }

    [Fact]
    public async Task A_submission_that_is_repeated_elsewhere_is_the_same_one()
    {
        await using var fleet = await ClusterFleet.Start(1);
        Value(await fleet.Operations.Apply([new NodeManifest(new Node { Name = "n", Flavor = "H100", Gpus = 8 }),
            .. Enumerable.Range(0, 8).Select(Run)], "fill", null));
        var before = Value(await fleet.Operations.Audit());
        await fleet.AddSilo();
        await fleet.AddSilo();
        var again = Value(await fleet.Operations.Apply([.. Enumerable.Range(0, 8).Select(Run)], "fill", null));
        Assert.Equal(8, again.Count);
        Assert.Equal(before.Leases, Value(await fleet.Operations.Audit()).Leases);
        Assert.Equal(before.Records, Value(await fleet.Operations.Audit()).Records);
    }

    private static async Task EndAndSubmitAgain(ClusterFleet fleet, int from, int to, int attempt)
    {
        for (var run = from; run < to; run++)
        {
            Assert.Equal(RunPhase.Completed, Value(
                await fleet.Operations.CompleteRun(Key(run), true, null, $"end-{run}-{fleet.Silos}",
                    attempt)).Status!.Phase);
            Value(await fleet.Operations.Apply([Run(run)], $"again-{run}-{fleet.Silos}", null, again: true));
        }
        await fleet.Step();
    }

    private static RunKey Key(int number) => new($"team-{number % 3}", $"run-{number}");

    private static RunManifest Run(int number) => new(Key(number),
        new RunSpec { Owner = "org:lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 1 } }, null, null);

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}

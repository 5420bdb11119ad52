using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Reporting;

/// <summary>What workloads report is kept on the silo of their run, and found from every other.</summary>
public sealed class ClusterReportsTests
{
    private const int Runs = 24;

    [Fact]
    public async Task Reports_of_runs_on_other_silos_are_found_and_forgotten_at_their_end()
    {
        await using var fleet = await ClusterFleet.Start(3);
        var manifests = new List<Manifest> { new NodeManifest(new Node { Name = "n", Flavor = "H100", Gpus = 64 }) };
        manifests.AddRange(Enumerable.Range(0, Runs).Select(number => new RunManifest(Key(number),
            new RunSpec { Owner = "org:lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 1 } }, null,
            null)));
        Value(await fleet.Operations.Apply(manifests, "fill", null));
        for (var run = 0; run < Runs; run++)
            Value(await fleet.Operations.ReportRun(Key(run), new WorkloadReport { Epoch = run, Attempt = 1 }));
        await fleet.Step();

        var listed = Value(await fleet.Operations.ListRuns(new RunQuery())).Items;
        Assert.Equal(Enumerable.Range(0, Runs).Select(run => (Key(run), (double?)run)).Order(),
            listed.Select(run => (run.Key, run.Status!.Telemetry?.Epoch)).Order());
        Assert.Equal(7, Value(await fleet.Operations.GetRun(Key(7))).Status!.Telemetry!.Epoch);
        Assert.Contains("epoch 7", Value(await fleet.Operations.ExplainRun(Key(7))).Where, StringComparison.Ordinal);

        Value(await fleet.Operations.CompleteRun(Key(7), true, null, "end"));
        Assert.Null(Value(await fleet.Operations.GetRun(Key(7))).Status!.Telemetry);
        Assert.Equal(ProblemCode.Conflict,
            (await fleet.Operations.ReportRun(Key(7), new WorkloadReport { Epoch = 8 })).Problem!.Code);
        Assert.Equal(ProblemCode.Invalid,
            (await fleet.Operations.ReportRun(Key(8), new WorkloadReport { Epoch = 1e13 })).Problem!.Code);
    }

    [Fact]
    public async Task A_run_that_moved_has_no_report_until_its_next()
    {
        await using var fleet = await ClusterFleet.Start(1);
        var manifests = new List<Manifest> { new NodeManifest(new Node { Name = "n", Flavor = "H100", Gpus = 64 }) };
        manifests.AddRange(Enumerable.Range(0, Runs).Select(number => new RunManifest(Key(number),
            new RunSpec { Owner = "org:lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 1 } }, null,
            null)));
        Value(await fleet.Operations.Apply(manifests, "fill", null));
        for (var run = 0; run < Runs; run++)
            Value(await fleet.Operations.ReportRun(Key(run), new WorkloadReport { Epoch = run }));
        await fleet.AddSilo();
        var moved = Enumerable.Range(0, Runs).ToList();
        foreach (var run in moved.ToList())
        {
            if (Value(await fleet.Operations.GetRun(Key(run))).Status!.Telemetry is not null)
                moved.Remove(run);
        }
        Assert.InRange(moved.Count, 1, Runs - 1);
        foreach (var run in moved)
        {
            Value(await fleet.Operations.ReportRun(Key(run), new WorkloadReport { Epoch = 100 }));
            Assert.Equal(100, Value(await fleet.Operations.GetRun(Key(run))).Status!.Telemetry!.Epoch);
        }
    }

    private static RunKey Key(int number) => new($"team-{number % 3}", $"run-{number}");

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}

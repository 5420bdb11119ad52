using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// A run that is refused because its flavor's queue is full leaves nothing behind, and may come again.
/// </summary>
public sealed class FullQueueTests
{
    private static readonly SchedulerOptions Short = new() { QueueMax = 2 };

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task It_is_refused_each_time_until_there_is_room(Restarts restarts)
    {
        await using var fleet = await Full(restarts);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(ProblemCode.LimitReached, (await Submit(fleet, "late")).Problem?.Code);
            await fleet.Step();
            Assert.Equal(ProblemCode.NotFound, (await fleet.Operations.GetRun(Key("late"))).Problem?.Code);
            Assert.Equal(ProblemCode.NotFound, (await fleet.Operations.CancelRun(Key("late"), "cancel")).Problem?.Code);
            Assert.Equal(3, (await fleet.Operations.ListRuns(new RunQuery())).Value!.Items.Count);
        }
        await fleet.Operations.CancelRun(Key("w1"), "cancel-w1");
        await fleet.Step();
        Assert.Equal("waiting", (await Submit(fleet, "late")).Value![0].Outcome);
        await fleet.Step();
        Assert.Equal("waiting", (await Submit(fleet, "late")).Value![0].Outcome);
        Assert.Empty((await fleet.Operations.Audit()).Value!.Violations);
    }

    [Fact]
    public async Task An_overload_does_not_grow_the_ledger_and_hardly_the_journals_of_runs()
    {
        await using var fleet = await Full(Restarts.Never);
        var ledger = fleet.Journals.Ledger("H100").Count();
        var operations = fleet.Operations;
        for (var run = 0; run < 1_000; run++)
            Assert.Equal(ProblemCode.LimitReached, (await Submit(operations, $"late-{run}")).Problem?.Code);
        Assert.Equal(ledger, fleet.Journals.Ledger("H100").Count());
        // The first finds out by trying; while the clock stands still the others ask first.
        Assert.Equal(4, fleet.Journals.Actors(ActorKind.Run).Count);
    }

    [Fact]
    public async Task What_is_there_already_is_unchanged_however_full_the_queue_is()
    {
        await using var fleet = await Full(Restarts.Never);
        var operations = fleet.Operations;
        Assert.Equal(ProblemCode.LimitReached, (await Submit(operations, "late")).Problem?.Code);
        var again = await operations.Apply([Run("w1")], "another");
        Assert.Equal("unchanged", again.Value![0].Outcome);
    }

    private static async Task<StepFleet> Full(Restarts restarts)
    {
        var fleet = new StepFleet(restarts, Short);
        await fleet.Operations.Apply([new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 })], "nodes");
        foreach (var run in new[] { "r", "w1", "w2" })
            Assert.True((await Submit(fleet, run)).Succeeded(out _, out _));
        await fleet.Step();
        return fleet;
    }

    private static Task<Result<IReadOnlyList<Applied>>> Submit(StepFleet fleet, string run) =>
        Submit(fleet.Operations, run);

    private static Task<Result<IReadOnlyList<Applied>>> Submit(IOperations operations, string run) =>
        operations.Apply([Run(run)], $"submit-{run}");

    private static RunKey Key(string run) => new("default", run);

    private static RunManifest Run(string run) => new(Key(run), new RunSpec { Owner = "lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } });
}

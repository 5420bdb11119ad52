using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// A command that comes again late, when its run has been submitted again, neither starts nor ends anything: also after
/// a restart.
/// </summary>
public sealed class LateRepeatTests
{
    private static readonly RunKey Key = new("default", "train");

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task It_takes_no_effect_on_a_later_attempt(Restarts restarts)
    {
        await using var fleet = await Start(restarts);
        const int Attempts = 10;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            await Submit(fleet, attempt);
            if (attempt < Attempts)
                await End(fleet, attempt);
        }
        for (var attempt = 1; attempt < Attempts; attempt++)
        {
            Assert.Equal("bound", await Submit(fleet, attempt));
            await End(fleet, attempt);
            var run = (await fleet.Operations.GetRun(Key)).Value!;
            Assert.Equal((RunPhase.Running, Attempts), (run.Status!.Phase, run.Status.Attempt));
        }
        await End(fleet, Attempts);
        for (var attempt = 1; attempt <= Attempts; attempt++)
            await Submit(fleet, attempt);
        Assert.Equal(RunPhase.Failed, (await fleet.Operations.GetRun(Key)).Value!.Status!.Phase);
    }

    [Fact]
    public async Task Applying_the_manifest_of_a_run_that_has_ended_changes_nothing_and_says_so()
    {
        await using var fleet = await Start(Restarts.Never);
        await Submit(fleet, 1);
        await fleet.Operations.CancelRun(Key, "cancel");
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var applied = (await fleet.Operations.Apply([Train], $"apply-{repeat}")).Value![0];
            Assert.Equal("unchanged", applied.Outcome);
            Assert.Contains("--again", applied.Message);
        }
        Assert.Equal(1, (await fleet.Operations.GetRun(Key)).Value!.Status!.Attempt);
    }

    [Fact]
    public async Task A_report_without_an_attempt_means_the_only_one_there_was()
    {
        await using var fleet = await Start(Restarts.Never);
        await Submit(fleet, 1);
        Assert.Equal(RunPhase.Failed, (await Report("first", null)).Value!.Status!.Phase);
        await Submit(fleet, 2);
        Assert.Contains("must name the attempt", (await Report("second", null)).Problem?.Detail);
        Assert.Contains("attempt 1", (await Report("third", 1)).Problem?.Detail);
        Assert.Equal(RunPhase.Failed, (await Report("fourth", 2)).Value!.Status!.Phase);

        Task<Result<RunManifest>> Report(string operation, int? attempt) =>
            fleet.Operations.CompleteRun(Key, false, null, operation, attempt);
    }

    private static RunManifest Train => new(Key, new RunSpec { Owner = "lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } });

    private static async Task<StepFleet> Start(Restarts restarts)
    {
        var fleet = new StepFleet(restarts);
        await fleet.Operations.Apply([new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 })], "nodes");
        return fleet;
    }

    private static async Task<string> Submit(StepFleet fleet, int attempt)
    {
        var applied = await fleet.Operations.Apply([Train], $"submit-{attempt}", again: true);
        await fleet.Step();
        Assert.True(applied.Succeeded(out var lines, out var problem), problem?.Detail);
        return lines[0].Outcome;
    }

    /// <summary>Ends an attempt, by a report or by cancelling it; repeated, it is the same command.</summary>
    private static async Task End(StepFleet fleet, int attempt)
    {
        var ended = attempt % 2 == 0 ? await fleet.Operations.CancelRun(Key, $"end-{attempt}")
            : await fleet.Operations.CompleteRun(
                Key, true, null, $"end-{attempt}", attempt > 1 ? attempt : null);
        await fleet.Step();
        Assert.True(ended.Succeeded(out _, out var problem), problem?.Detail);
    }
}

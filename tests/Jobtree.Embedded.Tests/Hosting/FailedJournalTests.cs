using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Embedded.Tests.Commands;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>
/// A disk that refuses: nothing is acknowledged that is not kept, nothing hangs, nothing that was acknowledged is lost.
/// </summary>
public sealed class FailedJournalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commands_and_questions_are_unavailable_and_the_executor_hears_nothing(bool flushFails)
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Apply(Documents.Run("kept", 8));
        if (flushFails)
            bench.Disk.FlushFails = true;
        else
            bench.Disk.BytesLeft = 100;
        var lost = await bench.Try(Documents.Run("lost", 8));
        Assert.Equal(ProblemCode.Unavailable, lost.Problem?.Code);
        Assert.DoesNotContain(bench.Data, lost.Problem!.Detail, StringComparison.Ordinal);
        Assert.NotNull(bench.Fleet.NotReadyBecause);
        Assert.Equal(ProblemCode.Unavailable, (await bench.Operations.GetRun(Key("lost"))).Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await bench.Operations.ListRuns(new RunQuery())).Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await bench.Operations.CompleteRun(Key("kept"), true, null, "complete"))
            .Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await bench.Operations.DeleteBudget("ai", "delete")).Problem?.Code);
        await foreach (var _ in bench.Operations.WatchRuns(new RunQuery()))
            Assert.Fail("A watcher was told something.");
        await bench.Fleet.DisposeAsync();
        Assert.DoesNotContain(bench.Executor.Launches, launch => launch.Run == Key("lost"));
        Assert.Empty(bench.Executor.Stops);

        await bench.Open();
        Assert.Equal(RunPhase.Running, (await bench.Run("kept")).Status!.Phase);
        Assert.Equal("bound", (await bench.Apply(Documents.Run("lost-again", 8)))[0].Outcome);
    }

    [Fact]
    public async Task The_executor_waits_for_the_disk()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        bench.Disk.FlushMayGoOn.Reset();
        var submitted = bench.Try(Documents.Run("a", 8));
        Assert.False(submitted.IsCompleted);
        Assert.Empty(bench.Executor.Launches);
        bench.Disk.FlushMayGoOn.Set();
        Assert.Null((await submitted).Problem);
        await bench.Fleet.DisposeAsync();
        Assert.Single(bench.Executor.Launches);
    }

    [Fact]
    public async Task A_host_that_cannot_open_lets_go_of_the_folder()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        var folder = bench.Data;
        await Assert.ThrowsAsync<Embedded.Journal.JournalLockedException>(
            () => Embedded.Hosting.EmbeddedFleet.Open(new Embedded.Hosting.EmbeddedFleetOptions { Folder = folder }));
        await bench.Restart();
        Assert.Null(bench.Fleet.NotReadyBecause);
    }

    private static RunKey Key(string name) => new(RunKey.DefaultNamespace, name);
}

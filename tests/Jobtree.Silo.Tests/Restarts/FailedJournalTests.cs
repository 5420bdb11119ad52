using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Journals;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>After its disk refused a record a silo acknowledges nothing more, and has lost nothing.</summary>
public sealed class FailedJournalTests
{
    [Fact]
    public async Task Commands_and_questions_are_unavailable_and_the_executor_hears_nothing()
    {
        await using var fleet = new DiskFleet();
        var disk = new FailingDisk();
        await fleet.Begin(disk);
        await fleet.Apply(Documents.Run("durable", 8));
        // Orders follow the answer to the command.
        await Eventually.Holds(() => !fleet.Executor.Launches.IsEmpty);
        disk.Fails = true;
        var lost = await fleet.Try(Documents.Run("lost", 8));
        Assert.Equal(ProblemCode.Unavailable, lost.Problem?.Code);
        Assert.DoesNotContain(fleet.Data, lost.Problem!.Detail, StringComparison.Ordinal);
        Assert.NotNull(fleet.Journals.AwayBecause);
        var operations = fleet.Operations;
        var durable = DiskFleet.Key("durable");
        Assert.Equal(ProblemCode.Unavailable, (await operations.GetRun(DiskFleet.Key("lost"))).Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await operations.GetRun(durable)).Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await operations.ListRuns(new RunQuery())).Problem?.Code);
        Assert.Equal(
            ProblemCode.Unavailable, (await operations.CompleteRun(durable, true, null, "complete")).Problem?.Code);
        Assert.Equal(ProblemCode.Unavailable, (await operations.DeleteBudget("ai", "delete")).Problem?.Code);
        await fleet.Close();
        Assert.Equal([durable], fleet.Executor.Launches.Select(launch => launch.Run));
        Assert.Empty(fleet.Executor.Stops);

        await fleet.Open();
        Assert.Equal(RunPhase.Running, DiskFleet.Value(await fleet.Operations.GetRun(durable)).Status!.Phase);
        Assert.Equal("bound", (await fleet.Apply(Documents.Run("lost-again", 8)))[0].Outcome);
    }
}

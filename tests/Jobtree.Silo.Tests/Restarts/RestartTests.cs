using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Journal;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>What a silo with a log on disk is after it was started again, held against what it was.</summary>
public sealed class RestartTests
{
    /// <summary>Of the places at which the log could be cut off, one in so many is tried.</summary>
    private const int CutEvery = 9;

    [Fact]
    public async Task Everything_is_as_it_was_from_the_log_alone()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live();
        var before = await fleet.Everything();
        await fleet.Restart();
        Assert.Null(fleet.Journals.Recovery.Snapshot);
        Assert.Equal(before, await fleet.Everything());
    }

    [Fact]
    public async Task Everything_is_as_it_was_from_a_snapshot_and_what_came_after()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live(runs: 40);
        await fleet.Journals.Snapshot(default);
        var before = await fleet.Everything();
        await fleet.Restart();
        Assert.NotNull(fleet.Journals.Recovery.Snapshot);
        Assert.Equal(before, await fleet.Everything());
        await fleet.Live(first: 40, runs: 20);
        before = await fleet.Everything();
        await fleet.Restart();
        Assert.Equal(before, await fleet.Everything());
    }

    [Fact]
    public async Task Everything_is_as_it_was_when_snapshots_were_taken_while_it_changed()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        var load = Task.Run(() => fleet.Live(runs: 120));
        while (!load.IsCompleted)
            await fleet.Journals.Snapshot(default);
        await load;
        await fleet.Apply(Documents.Run("last", 1));
        var before = await fleet.Everything();
        await fleet.Restart();
        Assert.True(fleet.Journals.Recovery.SnapshotActors > 0);
        Assert.Equal(before, await fleet.Everything());
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
    }

    [Fact]
    public async Task Every_running_run_is_launched_once_more()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live();
        await fleet.Everything();
        await fleet.Restart();
        await fleet.Settle();
        var running = await fleet.Runs(RunPhase.Running);
        Assert.NotEmpty(running);
        await fleet.Close();
        Assert.Equal(
            running.Select(run => (run.Key, run.Status!.Attempt)).Order(),
            fleet.Executor.Launches.Select(launch => (launch.Run, launch.Attempt)).Order());
    }

    [Fact]
    public async Task What_a_dead_host_did_not_live_to_stop_is_stopped()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Apply(Documents.Run("runs", 8), Documents.Run("ends", 8));
        var (runs, ends, unknown) = (DiskFleet.Key("runs"), DiskFleet.Key("ends"), new RunKey("elsewhere", "unknown"));
        await fleet.Operations.CancelRun(ends, "cancel");
        await fleet.Close();
        await fleet.Open(left: [(runs, 1), (ends, 1), (unknown, 3)]);
        await fleet.Close();
        Assert.Equal([ends, unknown], fleet.Executor.Stops.Select(stop => stop.Run));
        Assert.Equal([runs], fleet.Executor.Running());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wherever_the_log_is_cut_off_what_was_begun_is_gone_on_with(bool withSnapshot)
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live(runs: 10);
        if (withSnapshot)
            await fleet.Journals.Snapshot(default);
        await fleet.Journals.WhenDurable(default);
        var from = fleet.Journals.Statistics.Records;
        await fleet.Live(first: 10, runs: 15);
        await fleet.Close();
        var places = LogRecords.Of(fleet.Data).Select(record => record.At).Where(at => at.Lsn > from).ToList();
        foreach (var at in places.Where((_, place) => place % CutEvery == 0))
        {
            await using var cut = await fleet.OpenAsIfKilledAt(at);
            Assert.Equal(at.Lsn - 1, cut.Journals.Recovery.LastLsn);
            Assert.Equal(withSnapshot, cut.Journals.Recovery.Snapshot is not null);
            await cut.Settle();
            var leases = DiskFleet.Value(await cut.Operations.ListLeases(new LeaseQuery { Limit = 1000 })).Items;
            var running = (await cut.Runs(RunPhase.Running)).Select(run => run.Key).ToList();
            Assert.Equal(running, leases.Select(lease => lease.Lease.Run).Distinct().Order());
            await cut.Close();
            // A stepped silo wakes no runs at its start: only those that hear facts again order their launch.
            if (!withSnapshot)
                Assert.Equal(running, cut.Executor.Running().Order());
            Assert.Empty(FolderAudit.Run(cut.Data).Violations);
        }
    }
}

using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Embedded.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>What a fleet is after its process died, held against what it was.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Everything_is_as_it_was_from_the_journal_alone()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Live();
        var before = await bench.Everything();
        await bench.Restart();
        Assert.Null(bench.Fleet.Recovery.Snapshot);
        Assert.Equal(before, await bench.Everything());
    }

    [Fact]
    public async Task Everything_is_as_it_was_from_a_snapshot_and_what_came_after()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Live(runs: 40);
        await bench.Fleet.Snapshot();
        var before = await bench.Everything();
        await bench.Restart();
        Assert.NotNull(bench.Fleet.Recovery.Snapshot);
        Assert.Equal(before, await bench.Everything());
        await bench.Live(first: 40, runs: 20);
        before = await bench.Everything();
        await bench.Restart();
        Assert.Equal(before, await bench.Everything());
    }

    [Fact]
    public async Task Everything_is_as_it_was_when_snapshots_were_taken_while_it_changed()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        var load = Task.Run(() => bench.Live(runs: 120));
        while (!load.IsCompleted)
            await bench.Fleet.Snapshot();
        await load;
        await bench.Apply(Commands.Documents.Run("last", 1));
        var before = await bench.Everything();
        await bench.Restart();
        Assert.True(bench.Fleet.Recovery.SnapshotActors > 0);
        Assert.Equal(before, await bench.Everything());
        Assert.Empty(FolderAudit.Run(bench.Data).Violations);
    }

    [Fact]
    public async Task Every_running_run_is_launched_once_more()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Live();
        await bench.Everything();
        await bench.Restart();
        var running = (await bench.Operations.ListRuns(
            new RunQuery { Limit = RunQuery.LimitMax, Phase = RunPhase.Running })).Value!.Items;
        Assert.NotEmpty(running);
        await bench.Fleet.DisposeAsync();
        Assert.Equal(
            running.Select(run => (run.Key, run.Status!.Attempt)).Order(),
            bench.Executor.Launches.Select(launch => (launch.Run, launch.Attempt)).Order());
    }

    [Fact]
    public async Task Batches_and_snapshots_are_counted_and_timed()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Fleet.Kept();
        await bench.Fleet.Snapshot();
        // Closed, the journal has counted its last batch.
        await bench.Fleet.DisposeAsync();
        var registry = bench.Metrics.Registry;
        Assert.Equal(bench.Fleet.Statistics.Records, registry.Counter(Catalogue.JournalAppends)
            .With("embedded", "append").Value);
        Assert.Equal(bench.Fleet.Statistics.Batches, registry.Histogram(Catalogue.JournalAppendLatency)
            .With("embedded", "append").Count);
        Assert.Equal(1, registry.Histogram(Catalogue.JournalAppendLatency).With("embedded", "snapshot").Count);
        Assert.Equal(bench.Time.GetUtcNow().ToUnixTimeSeconds(), registry.Gauge(Catalogue.LastSuccess).With("snapshot")
            .Value);
    }

    [Fact]
    public async Task What_a_dead_host_did_not_live_to_stop_is_stopped()
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Apply(Commands.Documents.Run("runs", 8), Commands.Documents.Run("ends", 8));
        var (runs, ends) = (new RunKey(RunKey.DefaultNamespace, "runs"), new RunKey(RunKey.DefaultNamespace, "ends"));
        await bench.Operations.CancelRun(ends, "cancel");
        await bench.Fleet.DisposeAsync();
        await bench.Open(left: [(runs, 1), (ends, 1), (new RunKey("elsewhere", "unknown"), 3)]);
        await bench.Fleet.DisposeAsync();
        Assert.Equal([ends, new RunKey("elsewhere", "unknown")], bench.Executor.Stops.Select(stop => stop.Run));
        Assert.Equal([runs], bench.Executor.Running());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wherever_the_log_is_cut_off_what_was_begun_is_gone_on_with(bool withSnapshot)
    {
        await using var bench = new FleetBench();
        await bench.Begin();
        await bench.Live(runs: 10);
        if (withSnapshot)
            await bench.Fleet.Snapshot();
        await bench.Fleet.Kept();
        var from = bench.Fleet.Statistics.Records;
        await bench.Live(first: 10, runs: 15);
        await bench.Fleet.Kept();
        foreach (var (_, at) in Positions.Of(bench.Journal).Where(record => record.At.Lsn > from))
        {
            await using var cut = await bench.OpenAsIfKilledAt(at);
            Assert.Equal(at.Lsn - 1, cut.Fleet.Recovery.LastLsn);
            Assert.Equal(withSnapshot, cut.Fleet.Recovery.Snapshot is not null);
            await cut.Fleet.Fleet.Settle();
            var leased = (await cut.Operations.ListLeases(new LeaseQuery { Limit = 1000 })).Value!.Items.Select(
                lease => lease.Lease.Run).Distinct().Order();
            var running = (await cut.Operations.ListRuns(new RunQuery { Limit = 1000, Phase = RunPhase.Running }))
                .Value!.Items.Select(run => run.Key);
            Assert.Equal(running, leased);
            await cut.Fleet.DisposeAsync();
            Assert.Equal(running, cut.Executor.Running().Order());
            Assert.Empty(FolderAudit.Run(cut.Data).Violations);
        }
    }

    [Fact]
    public async Task Open_runs_are_limited_and_what_is_known_may_be_repeated_at_the_limit()
    {
        await using var bench = new FleetBench();
        await bench.Open(limits: new RunLimits(OpenMax: 2, KnownMax: 3));
        await bench.Apply(Commands.Documents.Fleet());
        await bench.Apply(Commands.Documents.Run("a", 1), Commands.Documents.Run("b", 1));
        Assert.Equal(ProblemCode.LimitReached, (await bench.Try(Commands.Documents.Run("c", 1))).Problem?.Code);
        Assert.Equal("unchanged", (await bench.Apply(Commands.Documents.Run("b", 1)))[0].Outcome);
        await bench.Operations.CancelRun(new RunKey(RunKey.DefaultNamespace, "a"), "stop");
        await bench.Apply(Commands.Documents.Run("c", 1));
        await bench.Operations.CancelRun(new RunKey(RunKey.DefaultNamespace, "b"), "stop");
        Assert.Equal(ProblemCode.LimitReached, (await bench.Try(Commands.Documents.Run("d", 1))).Problem?.Code);
        await bench.Apply(Commands.Documents.Run("a", 1));
    }
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Journal;
using Jobtree.Manifests;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Restarts;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>
/// Runs that ended leave journals and listing for the history, and nobody notices: what is asked of them is answered as
/// before, and a run that is submitted again goes on with its numbers.
/// </summary>
public sealed class EndedRunTests
{
    [Fact]
    public async Task Everything_is_as_it_was_after_the_journals_forgot_what_ended()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live();
        await fleet.MoveEnded();
        var before = await fleet.Everything();
        Assert.Equal(await Ended(fleet), await Listed(fleet));
        Assert.Equal(await Open(fleet), JournalsOfRuns(fleet));
        await fleet.Restart();
        Assert.Equal(before, await fleet.Everything());
        Assert.Equal(await Open(fleet), JournalsOfRuns(fleet));
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
    }

    [Fact]
    public async Task A_snapshot_has_what_is_open_and_the_start_reads_no_more()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live();
        await fleet.MoveEnded();
        var before = await fleet.Everything();
        await fleet.Journals.Snapshot(default);
        var actors = fleet.Journals.Actors.Count();
        await fleet.Restart();
        Assert.Equal(actors, fleet.Journals.Recovery.SnapshotActors);
        Assert.Equal(before, await fleet.Everything());
        await fleet.Live(first: 60, runs: 30);
        await fleet.MoveEnded();
        before = await fleet.Everything();
        await fleet.Restart();
        Assert.Equal(before, await fleet.Everything());
    }

    [Fact]
    public async Task Only_so_many_are_listed_and_the_history_has_all()
    {
        await using var fleet = new DiskFleet { EndedListedMax = 1 };
        await fleet.Begin();
        for (var i = 0; i < 60; i++)
        {
            await fleet.Apply(Documents.Run($"run-{i:D2}", 1));
            await fleet.Operations.CancelRun(DiskFleet.Key($"run-{i:D2}"), $"cancel-{i}");
            fleet.Time.Now += TimeSpan.FromSeconds(1);
        }
        await fleet.MoveEnded();
        // One for each shard.
        Assert.InRange((await fleet.Runs()).Count, 1, 16);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"default/run-{i:D2}").Reverse(),
            (await History(fleet)).Select(run => run.Key.ToString()));
        var listed = (await fleet.Runs()).Select(run => run.Key).ToHashSet();
        await fleet.Restart();
        Assert.Equal(listed, (await fleet.Runs()).Select(run => run.Key).ToHashSet());
        for (var i = 0; i < 60; i++)
            Assert.Equal(RunPhase.Failed,
                DiskFleet.Value(await fleet.Operations.GetRun(DiskFleet.Key($"run-{i:D2}"))).Status!.Phase);
    }

    [Fact]
    public async Task Runs_are_forgotten_although_further_ones_end_while_they_are_written()
    {
        const int most = 40;
        HistoryOfABusyFleet? history = null;
        await using var fleet = new DiskFleet { HistoryOfSilo = kept => history = new HistoryOfABusyFleet(kept) };
        await fleet.Begin();
        await EndAnother();
        history!.Meanwhile = EndAnother;
        await fleet.MoveEnded();
        // One in each pass.
        Assert.Equal(2, history.Writes);
        Assert.Equal([OfOneShard(1), OfOneShard(0)], (await History(fleet)).Select(run => run.Key.Name));
        Assert.DoesNotContain(ActorKey(DiskFleet.Key(OfOneShard(0))), fleet.Journals.Actors);

        async Task EndAnother()
        {
            if (history!.Writes > most)
                return;
            var name = OfOneShard(history.Writes);
            await fleet.Apply(Documents.Run(name, 1));
            await fleet.Operations.CancelRun(DiskFleet.Key(name), name);
            await fleet.Settle();
            fleet.Time.Now += TimeSpan.FromMilliseconds(1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_is_submitted_again_goes_on_with_its_numbers(bool restarts)
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        var (train, again) = (DiskFleet.Key("train"), Documents.Run("train", 4));
        await fleet.Apply(again);
        DiskFleet.Value(await fleet.Operations.CompleteRun(train, true, null, "first"));
        for (var attempt = 2; attempt < 5; attempt++)
        {
            await fleet.MoveEnded();
            Assert.DoesNotContain(ActorKey(train), fleet.Journals.Actors);
            if (restarts)
                await fleet.Restart();
            // The manifest of a run that has ended changes nothing.
            Assert.Equal("unchanged", (await fleet.Apply(again))[0].Outcome);
            Assert.DoesNotContain(ActorKey(train), fleet.Journals.Actors);
            await SubmitAgain(fleet, "train", 4);
            var run = DiskFleet.Value(await fleet.Operations.GetRun(train));
            Assert.Equal((RunPhase.Running, attempt), (run.Status!.Phase, run.Status.Attempt));
            if (restarts)
                await fleet.Restart();
            DiskFleet.Value(await fleet.Operations.CompleteRun(train, true, null, $"end-{attempt}", attempt));
        }
        await fleet.MoveEnded();
        Assert.Equal([4, 3, 2, 1], (await History(fleet)).Select(run => run.Status!.Attempt));
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
        await fleet.Restart();
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
    }

    [Fact]
    public async Task A_command_that_is_repeated_after_all_that_is_answered_as_before()
    {
        await using var fleet = new DiskFleet { EndedListedMax = 1 };
        await fleet.Begin();
        await fleet.Apply(Documents.Run("train", 4));
        var ended = DiskFleet.Value(await fleet.Operations.CompleteRun(DiskFleet.Key("train"), true, "fine", "end"));
        for (var i = 0; i < 40; i++)
        {
            await fleet.Apply(Documents.Run($"later-{i}", 1));
            await fleet.Operations.CancelRun(DiskFleet.Key($"later-{i}"), $"cancel-{i}");
        }
        await fleet.MoveEnded();
        Assert.DoesNotContain(await fleet.Runs(), run => run.Key == DiskFleet.Key("train"));
        var repeated = DiskFleet.Value(
            await fleet.Operations.CompleteRun(DiskFleet.Key("train"), true, "fine", "end"));
        Assert.Equal(Text(ended), Text(repeated));
        // Whoever waits for its end is told at once.
        var watched = fleet.Operations.WatchRuns(
            new RunQuery { Namespace = RunKey.DefaultNamespace, Name = "train" });
        await foreach (var change in watched)
        {
            Assert.Equal(RunPhase.Completed, change.Run.Status!.Phase);
            break;
        }
        Assert.DoesNotContain(ActorKey(DiskFleet.Key("train")), fleet.Journals.Actors);
    }

    [Fact]
    public async Task A_run_may_follow_one_that_only_the_history_has()
    {
        await using var fleet = new DiskFleet { EndedListedMax = 1 };
        await fleet.Begin();
        await fleet.Apply(Documents.Run("before", 1));
        DiskFleet.Value(await fleet.Operations.CompleteRun(DiskFleet.Key("before"), true, null, "end"));
        for (var i = 0; i < 40; i++)
        {
            await fleet.Apply(Documents.Run($"later-{i}", 1));
            await fleet.Operations.CancelRun(DiskFleet.Key($"later-{i}"), $"cancel-{i}");
        }
        await fleet.MoveEnded();
        await fleet.Apply(new
        {
            apiVersion = "jobtree.dev/v1",
            kind = "Run",
            metadata = new { name = "after" },
            spec = new { owner = "org:ai", resources = new { gpuType = Documents.Flavor, totalGPUs = 1 },
                follow = new { after = new[] { "before" } } },
        });
        Assert.Equal(RunPhase.Running,
            DiskFleet.Value(await fleet.Operations.GetRun(DiskFleet.Key("after"))).Status!.Phase);
    }

    [Fact]
    public async Task What_a_crash_left_in_journals_and_history_is_told_once()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live(runs: 30);
        await fleet.Settle();
        var before = await LogBytes(fleet);
        await fleet.MoveEnded();
        var after = await LogBytes(fleet);
        Assert.True(after > before);
        var (history, open) = ((await History(fleet)).Select(Text).ToArray(), await Open(fleet));
        Assert.NotEmpty(history);
        for (var cutAt = before; cutAt <= after; cutAt += 113)
        {
            await using var cut = await fleet.OpenAsIfKilledAt(new JournalPosition(Log(fleet), cutAt, 0));
            await cut.MoveEnded();
            Assert.Equal(history, (await History(cut)).Select(Text));
            Assert.Equal(open, JournalsOfRuns(cut));
        }
    }

    private static string Log(DiskFleet fleet) => Path.Combine(fleet.Data, "journal", "00000001.log");

    private static async Task<long> LogBytes(DiskFleet fleet)
    {
        await fleet.Journals.WhenDurable(default);
        return new FileInfo(Log(fleet)).Length;
    }

    private static string OfOneShard(int number) => Enumerable.Range(0, int.MaxValue).Select(static i => $"run-{i}")
        .Where(static name => RunShard.Of(DiskFleet.Key(name)) == 0).Skip(number).First();

    private static ActorKey ActorKey(RunKey run) => new(ActorKind.Run, run.ToString());

    private static string Text(RunManifest run) => System.Text.Encoding.UTF8.GetString(ManifestWriter.ToJson(run));

    private static async Task SubmitAgain(DiskFleet fleet, string name, int gpus)
    {
        var read = ManifestReader.Read(System.Text.Json.JsonSerializer.Serialize(Documents.Run(name, gpus)));
        DiskFleet.Value(await fleet.Operations.Apply(read.Manifests, Guid.NewGuid().ToString("N"), again: true));
    }

    private static async Task<IReadOnlyList<RunManifest>> History(DiskFleet fleet) =>
        DiskFleet.Value(await fleet.Operations.ListHistory(new HistoryQuery { Limit = RunQuery.LimitMax })).Items;

    private static async Task<string[]> Ended(DiskFleet fleet) =>
        [.. (await History(fleet)).Select(run => run.Key.ToString()).Order(StringComparer.Ordinal)];

    private static async Task<string[]> Listed(DiskFleet fleet) => [.. (await fleet.Runs())
        .Where(run => run.Status!.Phase is RunPhase.Completed or RunPhase.Failed)
        .Select(run => run.Key.ToString()).Order(StringComparer.Ordinal)];

    private static async Task<string[]> Open(DiskFleet fleet) => [.. (await fleet.Runs())
        .Where(run => run.Status!.Phase is not (RunPhase.Completed or RunPhase.Failed))
        .Select(run => run.Key.ToString()).Order(StringComparer.Ordinal)];

    private static string[] JournalsOfRuns(DiskFleet fleet) => [.. fleet.Journals.Actors
        .Where(actor => actor.Kind == ActorKind.Run).Select(actor => actor.Name).Order(StringComparer.Ordinal)];
}

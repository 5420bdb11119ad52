using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Journal;
using Jobtree.Silo.Journals.Disk;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class DiskJournalTests
{
    /// <summary>What actors answer when a snapshot asks for their states.</summary>
    private readonly ConcurrentDictionary<ActorKey, (long Sequence, string State)> states = [];

    private readonly ConcurrentQueue<ActorKey> asked = [];

    [Fact]
    public async Task An_activation_finds_what_the_one_before_it_wrote()
    {
        using var folder = new TemporaryFolder();
        await using (var first = Open(folder))
        {
            foreach (var kind in Enum.GetValues<ActorKind>())
            {
                var (kept, journal) = await first.Activate(new ActorKey(kind, "default/a b ü"));
                Assert.Equal((0, 0), (kept.Last, kept.DeliveredUpTo));
                await journal.Write(0, "one", "", $"three of {kind}");
                journal.MarkDelivered(2);
                (kept, journal) = await first.Activate(new ActorKey(kind, "default/a b ü"));
                Assert.Equal((3, 2, 3), (kept.Last, kept.DeliveredUpTo, journal.SinceSnapshot));
                journal.Release(3, new StateBytes(Bytes("state of 3")));
            }
            await first.WhenDurable(default);
        }

        await using var second = Open(folder);
        foreach (var kind in Enum.GetValues<ActorKind>())
        {
            var (kept, journal) = await second.Activate(new ActorKey(kind, "default/a b ü"));
            Assert.Equal(["one", "", $"three of {kind}"], kept.Texts());
            await journal.Write(3, "four");
        }
        foreach (var actor in second.Actors)
            Assert.Equal(4, (await second.Read(actor, default)).Last);
        Assert.Equal(4, second.Actors.Count());
    }

    [Fact]
    public async Task What_an_activation_leaves_is_read_by_the_next_one()
    {
        using var folder = new TemporaryFolder();
        await using var journals = Open(folder);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1", "2");
        await journal.Save(2, Bytes("state of 2"), default);
        Assert.Equal(0, journal.SinceSnapshot);
        await journal.Write(2, "3");
        var kept = await journals.Read(Train, default);
        Assert.Equal((2, "state of 2", 3), (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last));
        journal.Release(3, new StateBytes(Bytes("state of 3")));
        kept = await journals.Read(Train, default);
        Assert.Equal((3, "state of 3", 3), (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last));
        Assert.Equal(RecoveredState.Nothing, await journals.Read(Flavor, default));
    }

    [Fact]
    public async Task Of_two_activations_one_wins_each_number_and_the_other_is_fenced()
    {
        using var folder = new TemporaryFolder();
        await using var journals = Open(folder);
        var (_, old) = await journals.Activate(Train);
        await old.Write(0, "1");
        var (_, next) = await journals.Activate(Train);
        await next.Write(1, "2 of the next");
        var refused = await Assert.ThrowsAsync<JournalFencedException>(() => old.Append(2, Bytes("2 of the old")));
        Assert.Contains("ends with record 2", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Append(3, Bytes("3 of the old")));
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Save(2, Bytes("never was"), default));
        old.Release(2, new StateBytes(Bytes("never was")));
        await next.Write(2, "3");
        Assert.Equal(["1", "2 of the next", "3"], (await journals.Read(Train, default)).Texts());
        Assert.True(old.IsBroken && !next.IsBroken);
        await Assert.ThrowsAsync<JournalFencedException>(() => next.Append(5, Bytes("a gap")));
    }

    [Fact]
    public async Task A_snapshot_asks_those_that_are_not_at_rest_and_shortens_the_next_start()
    {
        using var folder = new TemporaryFolder();
        await using (var journals = Open(folder))
        {
            var (_, resting) = await journals.Activate(Train);
            await resting.Write(0, "1", "2");
            resting.Release(2, new StateBytes(Bytes("train at 2")));
            var (_, active) = await journals.Activate(Flavor);
            await active.Write(0, "1", "2", "3");
            states[Flavor] = (3, "flavor at 3");
            _ = await journals.Activate(Run("default/never-wrote"));
            await journals.Snapshot(default);
            Assert.Equal([Flavor], asked);
            await active.Write(3, "4");
        }

        await using var again = Open(folder);
        Assert.Equal((2, 1), (again.Recovery.SnapshotActors, again.Recovery.Records));
        var kept = await again.Read(Flavor, default);
        Assert.Equal((3, "flavor at 3"), (kept.SnapshotSequence, Text(kept.Snapshot)));
        Assert.Equal(["4"], kept.Texts());
        Assert.Equal("train at 2", Text((await again.Read(Train, default)).Snapshot));
    }

    [Fact]
    public async Task A_run_at_rest_is_kept_as_its_record_and_read_and_written_as_its_state()
    {
        using var folder = new TemporaryFolder();
        var run = new RunRecord
        {
            Key = RunKey.Parse(Train.Name),
            Version = 2,
            Spec = new RunSpec { Resources = new Resources { GpuType = Flavor.Name, TotalGPUs = 8 } },
            Owner = "org:lab/team",
            SubmitOperation = "1",
            Phase = RunPhase.Completed,
            SubmittedAt = DateTimeOffset.UnixEpoch,
        };
        await using (var journals = Open(folder))
        {
            var (_, journal) = await journals.Activate(Train);
            await journal.Write(0, "1", "2");
            journal.Release(2, run);
            var kept = await journals.Read(Train, default);
            Assert.Equal((2, run), (kept.SnapshotSequence, RunJournal.Restore(run.Key, kept.Snapshot.Span)));
            await journals.Snapshot(default);
            Assert.Empty(asked);
        }
        await using var again = Open(folder);
        Assert.Equal(run, RunJournal.Restore(run.Key, (await again.Read(Train, default)).Snapshot.Span));
    }

    [Fact]
    public async Task A_snapshot_that_an_actor_cannot_follow_is_given_up_and_the_log_goes_on()
    {
        using var folder = new TemporaryFolder();
        await using (var journals = Open(folder))
        {
            var (_, journal) = await journals.Activate(Train);
            await journal.Write(0, "1", "2");
            await Assert.ThrowsAsync<IOException>(() => journals.Snapshot(default));
            states[Train] = (1, "behind");
            Assert.Contains("has written 2", (await Assert.ThrowsAsync<IOException>(() => journals.Snapshot(default)))
                .Message, StringComparison.Ordinal);
            await journal.Write(2, "3");
        }
        await using var again = Open(folder);
        Assert.Equal(["1", "2", "3"], (await again.Read(Train, default)).Texts());
    }

    [Fact]
    public async Task Snapshots_are_taken_as_the_log_grows()
    {
        using var folder = new TemporaryFolder();
        await using (var journals = Open(Options(folder) with { SnapshotEvery = 50 }))
        {
            var (_, journal) = await journals.Activate(Train);
            states[Train] = (100, "at 100");
            await journal.Write(0, [.. Enumerable.Range(1, 100).Select(number => Text(number))]);
            await Until(() => Directory.EnumerateFiles(Options(folder).LogFolder, "*.snap").Any());
        }
        await using var again = Open(folder);
        Assert.Equal("at 100", Text((await again.Read(Train, default)).Snapshot));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_actor_whose_activation_left_nothing_is_read_back_from_the_log(bool hasSnapshot)
    {
        using var folder = new TemporaryFolder();
        await using var journals = Open(Options(folder) with { HeldBytesMax = 10 });
        var (_, journal) = await journals.Activate(Flavor);
        await (await journals.Activate(Train)).Journal.Write(0, "of another");
        states[Train] = (1, "train");
        await journal.Write(0, "a large record", "another one", "and a third");
        if (hasSnapshot)
        {
            states[Flavor] = (3, "a large state");
            await journals.Snapshot(default);
        }
        await journal.Write(3, "4 is large too");
        Assert.Equal(0, journal.SinceSnapshot);

        var (kept, next) = await journals.Activate(Flavor);
        Assert.Equal(4, kept.Last);
        Assert.Equal(hasSnapshot ? "a large state" : "", Text(kept.Snapshot));
        Assert.Equal("4 is large too", kept.Texts().Last());
        await next.Write(4, "5");
        next.Release(5, new StateBytes(Bytes("a large state of 5")));
        Assert.Equal("a large state of 5", Text((await journals.Read(Flavor, default)).Snapshot));
    }

    [Fact]
    public async Task A_record_that_no_version_can_read_keeps_neither_the_journals_nor_other_actors_from_starting()
    {
        using var folder = new TemporaryFolder();
        await using (var first = Open(folder))
        {
            await (await first.Activate(Train)).Journal.Write(0, "\0 neither a record of this version nor of another");
            await (await first.Activate(Flavor)).Journal.Write(0, "1");
            states[Train] = (1, "\0 nor is this a state");
            states[Flavor] = (1, "flavor at 1");
            await first.Snapshot(default);
            await (await first.Activate(Train)).Journal.Write(1, "}{");
        }

        await using var again = Open(folder);
        Assert.Equal(["}{"], (await again.Read(Train, default)).Texts());
        var (kept, flavor) = await again.Activate(Flavor);
        Assert.Equal("flavor at 1", Text(kept.Snapshot));
        await flavor.Write(1, "2");
    }

    [Fact]
    public async Task A_damaged_frame_is_refused_with_file_and_offset()
    {
        using var folder = new TemporaryFolder();
        await using (var journals = Open(folder))
        {
            var (_, journal) = await journals.Activate(Train);
            await journal.Write(0, "1");
            await journals.WhenDurable(default);
            await journal.Write(1, "2");
            await journals.WhenDurable(default);
        }
        var segment = Directory.EnumerateFiles(Options(folder).LogFolder, "*.log").Single();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[64 + 40] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        var refused = Assert.Throws<JournalDamagedException>(() => Open(folder));
        Assert.Equal((segment, 64), (refused.File, refused.Offset));
    }

    [Fact]
    public async Task Runs_are_listed_by_shard_and_since_a_time()
    {
        using var folder = new TemporaryFolder();
        var runs = Enumerable.Range(0, 100).Select(index => new RunKey("default", $"r{index}")).ToList();
        await using (var journals = Open(folder))
        {
            foreach (var run in runs)
                await (await journals.Activate(Run(run.ToString()))).Journal.Write(0, "1", "2");
            _ = await journals.Activate(Run("default/never-wrote"));
            Assert.Equal(runs.Order(), (await Listed(journals, null)).Order());
        }
        await using var again = Open(folder);
        Assert.Equal(runs.Order(), (await Listed(again, null)).Order());
        var late = DateTimeOffset.UtcNow.AddHours(1);
        Assert.Empty(await Listed(again, late));
    }

    [Fact]
    public async Task When_the_log_fails_nothing_more_is_taken_or_kept()
    {
        using var folder = new TemporaryFolder();
        var disk = new FailingDisk();
        var log = new RecordedLog<DiskJournals>();
        await using var journals = DiskJournals.Open(
            Options(folder) with { Disk = disk }, StateOf, log, TimeProvider.System, default);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1");
        await journals.WhenDurable(default);
        Assert.Null(journals.AwayBecause);
        disk.Fails = true;
        // Taken and then lost, or refused: the log marks its end when it is idle, so it may fail by itself any time.
        Assert.True(await Record.ExceptionAsync(() => journal.Write(1, "2")) is null or IOException);
        await Assert.ThrowsAnyAsync<IOException>(async () => await journals.WhenDurable(default));
        Assert.NotNull(journals.AwayBecause);
        Assert.DoesNotContain(folder.Path, journals.AwayBecause, StringComparison.Ordinal);
        Assert.Throws<JournalAwayException>(() => { _ = journal.Append(journal.SinceSnapshot + 1, Bytes("3")); });
        await Assert.ThrowsAnyAsync<IOException>(async () => await journals.Read(Train, default));
        // Logged once the failure can be seen, on the journal's own thread.
        await Eventually.Holds(() => log.Lines.Count > 0);
        Assert.Single(log.Lines, line => line.Level == Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    private static DiskJournalOptions Options(TemporaryFolder folder) => new() { Folder = folder.Path };

    private static async Task<List<RunKey>> Listed(DiskJournals journals, DateTimeOffset? since)
    {
        var listed = new List<RunKey>();
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            await foreach (var run in journals.Runs(shard, since, default))
                listed.Add(run);
        }
        return listed;
    }

    private DiskJournals Open(TemporaryFolder folder) => Open(Options(folder));

    private DiskJournals Open(DiskJournalOptions options) =>
        DiskJournals.Open(options, StateOf, new RecordedLog<DiskJournals>(), TimeProvider.System, default);

    private ValueTask<(long Sequence, ReadOnlyMemory<byte> State)> StateOf(
        ActorKey actor, CancellationToken cancellation)
    {
        asked.Enqueue(actor);
        var (sequence, state) = states[actor];
        return ValueTask.FromResult<(long, ReadOnlyMemory<byte>)>((sequence, Bytes(state)));
    }
}

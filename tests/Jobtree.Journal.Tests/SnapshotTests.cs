using System.Text;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

public sealed class SnapshotTests : IDisposable
{
    private const int Actors = 5;
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (long Sequence, string State)> _live = [];

    private JournalOptions Options => Workload.Options(_folder.Of("journal"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_snapshot_and_its_tail_are_the_same_as_the_full_replay(int snapshots)
    {
        await Write(snapshots);
        var replayed = new Replayed();
        await using var log = JournalLog.Open(Options, replayed);
        Assert.Equal(_live.ToDictionary(pair => pair.Key, pair => pair.Value.State), replayed.Actors);
        Assert.Equal(Math.Min(snapshots, 2), Directory.GetFiles(Options.Folder, "*.snap").Length);
        Assert.Equal(snapshots > 0, log.Recovery.Snapshot is not null);
        Assert.Equal(snapshots > 0 ? Actors : 0, log.Recovery.SnapshotActors);
        Assert.Equal(snapshots > 0 ? 20 : 0, log.Recovery.RecordsCovered);

        // The log still holds everything from its first record.
        var scanned = new Replayed();
        JournalScan.Read(Options.Folder, scanned);
        Assert.Equal(replayed.Actors, scanned.Actors);
        Workload.AssertPrefix(scanned, Actors);
        Add(log, 10);
        await log.WaitDurable(log.LastLsn);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_reported_and_the_older_one_used()
    {
        await Write(2);
        var newest = Directory.GetFiles(Options.Folder, "*.snap").Order(StringComparer.Ordinal).Last();
        var whole = await File.ReadAllBytesAsync(newest);
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var bytes = whole.ToArray();
            if (round % 2 == 0)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            else
                bytes = bytes[..random.Next(bytes.Length)];
            await File.WriteAllBytesAsync(newest, bytes);
            var replayed = new Replayed();
            await using var log = JournalLog.Open(Options, replayed);
            Assert.Equal(newest, Assert.Single(log.Recovery.SnapshotsDamaged).File);
            Assert.NotEqual(newest, log.Recovery.Snapshot);
            Assert.Equal(_live.ToDictionary(pair => pair.Key, pair => pair.Value.State), replayed.Actors);
        }
    }

    [Fact]
    public async Task Without_a_whole_snapshot_the_log_is_read_from_its_first_record_if_that_is_there()
    {
        await Write(2);
        foreach (var snapshot in Directory.GetFiles(Options.Folder, "*.snap"))
            await File.WriteAllBytesAsync(snapshot, []);
        var replayed = new Replayed();
        await using (var log = JournalLog.Open(Options, replayed))
        {
            Assert.Equal(2, log.Recovery.SnapshotsDamaged.Count);
            Assert.Null(log.Recovery.Snapshot);
        }

        Assert.Equal(_live.ToDictionary(pair => pair.Key, pair => pair.Value.State), replayed.Actors);
        File.Delete(Path.Combine(Options.Folder, "00000001.log"));
        var damaged = Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.EndsWith("00000001.log", damaged.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_segments_are_not_needed_for_recovery()
    {
        await Write(1);
        File.Delete(Path.Combine(Options.Folder, "00000001.log"));
        var replayed = new Replayed();
        await using (JournalLog.Open(Options, replayed))
            Assert.Equal(_live.ToDictionary(pair => pair.Key, pair => pair.Value.State), replayed.Actors);
        Assert.Throws<JournalDamagedException>(() => JournalScan.Read(Options.Folder, new Replayed()));
    }

    [Fact]
    public async Task An_abandoned_snapshot_leaves_nothing_and_a_stale_one_is_removed()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            Add(log, 20);
            using (var snapshot = await log.BeginSnapshot())
            {
                snapshot.Add("x", 1, [1]);
                await Assert.ThrowsAsync<InvalidOperationException>(async () => await log.BeginSnapshot());
            }

            Assert.Empty(Directory.GetFiles(Options.Folder, "*.snap*"));
        }

        await File.WriteAllTextAsync(Path.Combine(Options.Folder, "snapshot-00000009.snap.tmp"), "half");
        await File.WriteAllTextAsync(Path.Combine(Options.Folder, "00000003.log.tmp"), "half");
        await using var again = JournalLog.Open(Options, new Replayed());
        Assert.Equal(2, again.Recovery.FilesRemoved.Count);
        Assert.Empty(Directory.GetFiles(Options.Folder, "*.tmp"));
    }

    [Fact]
    public async Task A_log_that_ends_before_its_snapshot_was_committed_has_lost_records()
    {
        await Write(1);
        var last = Path.Combine(Options.Folder, "00000002.log");
        await using (var file = File.OpenWrite(last))
            file.SetLength(64);
        var damaged = Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.Equal((last, 64L), (damaged.File, damaged.Offset));
    }

    [Fact]
    public async Task States_may_be_empty_or_larger_than_any_buffer()
    {
        var large = new byte[5 << 20];
        new Random(1).NextBytes(large);
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            log.Append("empty", 1, []);
            log.Append("large", 1, []);
            using var snapshot = await log.BeginSnapshot();
            snapshot.Add("empty", 1, []);
            snapshot.Add("large", 1, large);
            snapshot.Add("new", 0, [1]);
            await snapshot.Commit();
            log.Append("new", 1, [2]);
        }

        var replayed = new Replayed();
        await using var again = JournalLog.Open(Options, replayed);
        Assert.Equal([("empty", 1, ""), ("large", 1, Encoding.Latin1.GetString(large)), ("new", 0, "\u0001")],
            replayed.States);
        Assert.Single(replayed.Records);
    }

    /// <summary>
    /// Records, and snapshots between them whose states include records that are in the segment after.
    /// </summary>
    private async Task Write(int snapshots)
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        Add(log, 100);
        for (var round = 0; round < snapshots; round++)
        {
            using var snapshot = await log.BeginSnapshot();
            Add(log, 20);
            foreach (var (actor, (sequence, state)) in _live)
                snapshot.Add(actor, sequence, Encoding.Latin1.GetBytes(state));
            await snapshot.Commit();
            Add(log, 50);
        }
    }

    private void Add(JournalLog log, int count)
    {
        for (var added = 0; added < count; added++)
        {
            var lsn = log.LastLsn + 1;
            var actor = Workload.Actor(lsn, Actors);
            var (sequence, state) = _live.GetValueOrDefault(actor, (0, ""));
            log.Append(actor, sequence + 1, Encoding.Latin1.GetBytes(Workload.Payload(lsn)));
            _live[actor] = (sequence + 1, state + Workload.Payload(lsn) + ";");
        }
    }
}

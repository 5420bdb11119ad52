using System.Buffers.Binary;
using System.Text;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>Actors whose states are kept elsewhere leave the log's readers and come back.</summary>
public sealed class ForgottenActorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private JournalOptions Options => Workload.Options(_folder.Of("journal"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_forgotten_actor_is_not_recovered_until_it_is_restored_and_continues_its_numbers()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            log.Append("a", 1, "1"u8);
            log.Append("b", 1, "1"u8);
            Assert.Equal(3, log.Forget("a", 1));
        }
        var replayed = new Replayed();
        await using (var log = JournalLog.Open(Options, replayed))
        {
            Assert.Equal(["b"], replayed.Actors.Keys);
            Assert.Equal([("a", 1L)], replayed.Forgotten);
            Assert.Equal((3, 3, 3), (log.Recovery.LastLsn, log.Recovery.Records, log.LastLsn));
            Assert.Equal(4, log.Restore("a", 1, "1;"u8));
            log.Append("a", 2, "2"u8);
            await log.WaitDurable(5);
        }
        replayed = new Replayed();
        await using (JournalLog.Open(Options, replayed))
            Assert.Equal("1;2;", replayed.Actors["a"]);
        Assert.Equal("1;2;", LogReading(Options.Folder, "a"));

        var scanned = new Replayed();
        Assert.Equal(5, JournalScan.Read(Options.Folder, scanned).Records);
        Assert.Equal(replayed.Actors, scanned.Actors);
    }

    [Fact]
    public async Task Snapshots_taken_while_actors_are_forgotten_and_restored_recover_what_was_live()
    {
        for (var seed = 0; seed < 120; seed++)
        {
            var (random, options) = (new Random(seed), Options with { Folder = _folder.Of($"{seed}") });
            var model = new ForgottenModel(random, 1 + random.Next(4));
            for (var rounds = 1 + random.Next(3); rounds > 0; rounds--)
            {
                var replayed = new Replayed();
                await using var log = JournalLog.Open(options, replayed);
                Assert.Equal(model.After[^1], replayed.Actors);
                for (var steps = random.Next(20); steps > 0; steps--)
                    model.Step(log);
                for (var snapshots = random.Next(4); snapshots > 0; snapshots--)
                    await model.Snapshot(log, 8);
                for (var steps = random.Next(20); steps > 0; steps--)
                    model.Step(log);
            }
            Assert.Equal(model.After[^1], Recovered(options, out var lsn));
            Assert.Equal(model.After.Count - 1, lsn);
            var scanned = new Replayed();
            JournalScan.Read(options.Folder, scanned);
            Assert.Equal(model.After[^1], scanned.Actors);

            // Also without the newest snapshot: from the older one, without the segments before it, or from the first
            // record.
            var files = new JournalFolder(options.Folder);
            if (files.Snapshots() is [var oldest, _])
            {
                foreach (var moved in files.Segments().Where(number => number < oldest))
                    File.Delete(files.Segment(moved));
                var kept = new Replayed();
                Assert.Equal(lsn, KeptLog.Begin(files, kept, default).Read(default).LastLsn);
                Assert.Equal(model.After[^1], kept.Actors);
            }
            if (files.Snapshots() is [.., var newest])
                await File.WriteAllBytesAsync(files.Snapshot(newest), []);
            Assert.Equal(model.After[^1], Recovered(options, out _));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_cut_at_any_byte_those_are_live_who_were_live_then(bool snapshot)
    {
        var model = new ForgottenModel(new Random(5), 3);
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            for (var steps = 0; steps < 30; steps++)
                model.Step(log);
            if (snapshot)
                await model.Snapshot(log, 8);
            await log.WaitDurable(log.LastLsn);
            for (var steps = 0; steps < 30; steps++)
                model.Step(log);
        }
        var last = Path.GetFileName(Directory.GetFiles(Options.Folder, "*.log").Order(StringComparer.Ordinal).Last());
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Options.Folder, last));
        var least = snapshot ? bytes.Length / 2 : 64;
        var ends = new HashSet<long>();
        for (var cut = bytes.Length; cut >= least; cut -= cut > bytes.Length - 300 ? 1 : 7)
        {
            var crash = _folder.CopyOf(Options.Folder, "crash");
            await File.WriteAllBytesAsync(Path.Combine(crash, last), bytes.AsMemory(0, cut));
            var live = Recovered(Options with { Folder = crash }, out var lsn);
            Assert.Equal(model.After[(int)lsn], live);
            ends.Add(lsn);
        }
        Assert.True(ends.Count > 20);
    }

    [Fact]
    public async Task The_actors_of_a_recovery_are_counted_without_the_forgotten()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            for (var number = 0; number < 1000; number++)
            {
                log.Append($"{number}", 1, "1"u8);
                log.Append($"{number}", 2, "2"u8);
                log.Forget($"{number}", 2);
            }
            log.Restore("7", 2, "1;2;"u8);
        }
        var numbers = new HashSet<int>();
        await using (JournalLog.Open(Options with { ActorsMax = 1 }, new Numbers(numbers)))
            Assert.Equal([0], numbers);
    }

    [Fact]
    public async Task Limits_are_those_of_records()
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        Assert.ThrowsAny<ArgumentException>(() => log.Forget("", 1));
        Assert.ThrowsAny<ArgumentException>(() => log.Forget("a", 0));
        Assert.ThrowsAny<ArgumentException>(() => log.Restore("a", 0, []));
        Assert.ThrowsAny<ArgumentException>(() => log.Restore("a", 1, new byte[Options.PayloadBytesMax + 1]));
        Assert.Equal(0, log.LastLsn);
    }

    /// <summary>A log that its writer got wrong is damaged at the frame that cannot be.</summary>
    [Theory]
    [InlineData("1 2 F2 3", "was forgotten and not restored")]
    [InlineData("1 2 F2 1", "was forgotten and not restored")]
    [InlineData("1 F1 F1", "forgotten a second time")]
    [InlineData("F1", "is forgotten at the sequence number 1, but 0 is its last")]
    [InlineData("1 2 F1", "is forgotten at the sequence number 1, but 2 is its last")]
    [InlineData("1 T1", "was not forgotten")]
    [InlineData("T1", "was not forgotten")]
    [InlineData("1 2 F2 T1", "was forgotten at 2")]
    [InlineData("1 F1 T1 1", "2 is next")]
    [InlineData("1 F1 T1 3", "2 is next")]
    [InlineData("1 F1 T1 T1", "was not forgotten")]
    public async Task What_cannot_be_is_found_by_a_scan_from_the_first_record(string frames, string what)
    {
        await Write(frames, null);
        var damage = Assert.Throws<JournalDamagedException>(() => JournalScan.Read(Options.Folder, new Replayed()));
        Assert.Contains(what, damage.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(Options.Folder, "00000001.log"), damage.File);
    }

    [Theory]
    [InlineData("1 2 3", "", "4", "the snapshot lacks the actor")]
    [InlineData("1 2 3", "", "4 5 T5", "was not forgotten")]
    [InlineData("1 2 3", "", "4 6", "5 is next")]
    [InlineData("1 2 3", "", "4 F5", "is forgotten at the sequence number 5, but 4 is its last")]
    [InlineData("1 2 3", "3", "F4", "is forgotten at the sequence number 4, but 3 is its last")]
    [InlineData("1 2 3", "3", "T4", "was not forgotten")]
    [InlineData("1 2 3", "3", "4 T4", "was not forgotten")]
    [InlineData("1 2 3", "3", "5", "4 is next")]
    public async Task What_cannot_be_after_a_snapshot_is_found_by_recovery(
        string before, string state, string after, string what)
    {
        await Write(before, state, after);
        var damage = Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.Contains(what, damage.Message, StringComparison.Ordinal);
        Assert.Equal((Path.Combine(Options.Folder, "00000002.log"), true), (damage.File, damage.Offset >= 64));
    }

    [Fact]
    public async Task A_folder_of_the_version_before_opens_and_goes_on_in_a_segment_that_it_would_refuse()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
            log.Append("a", 1, "1"u8);
        var first = Path.Combine(Options.Folder, "00000001.log");
        SetVersion(first, 1);
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            Assert.Equal(2, log.Statistics.Segment);
            log.Forget("a", 1);
        }
        var replayed = new Replayed();
        await using (var log = JournalLog.Open(Options, replayed))
            Assert.Equal((0, 2), (replayed.Actors.Count, log.Statistics.Segment));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(File.ReadAllBytes(first).AsSpan(8)));
        SetVersion(Path.Combine(Options.Folder, "00000002.log"), 3);
        var refused = Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.Contains("version 3, but this program reads versions 1 to 2", refused.Message, StringComparison.Ordinal);
    }

    private static void SetVersion(string file, uint version)
    {
        var bytes = File.ReadAllBytes(file);
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        (FileHeader.Read(bytes, file, isSnapshot: false, number) with { Version = version }).Write(bytes);
        File.WriteAllBytes(file, bytes);
    }

    private static Dictionary<string, string> Recovered(JournalOptions options, out long lsn)
    {
        var replayed = new Replayed();
        var log = JournalLog.Open(options, replayed);
        lsn = log.LastLsn;
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return replayed.Actors;
    }

    private static string LogReading(string folder, string actor)
    {
        var read = Jobtree.Journal.LogReading.Read(folder, actor, default);
        return Encoding.ASCII.GetString(read.Snapshot.Span) + string.Concat(
            read.Records.Select(record => $"{Encoding.ASCII.GetString(record.Span)};"));
    }

    /// <summary>
    /// Writes frames of one actor: a number is a record, F and T with a number forget and restore it. The snapshot
    /// between holds the actor at a number, or lacks it.
    /// </summary>
    private async Task Write(string frames, string? snapshotAt, string after = "")
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        Write(log, frames);
        if (snapshotAt is null)
            return;
        using var snapshot = await log.BeginSnapshot();
        if (snapshotAt.Length > 0)
            snapshot.Add("a", long.Parse(snapshotAt, null), "state"u8);
        await snapshot.Commit();
        Write(log, after);
    }

    private static void Write(JournalLog log, string frames)
    {
        foreach (var frame in frames.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = frame[0] switch
            {
                'F' => log.Forget("a", long.Parse(frame[1..], null)),
                'T' => log.Restore("a", long.Parse(frame[1..], null), "state"u8),
                _ => log.Append("a", long.Parse(frame, null), "record"u8),
            };
        }
    }

    private sealed class Numbers(HashSet<int> numbers) : IJournalReader
    {
        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state) => numbers.Add(actor.Number);

        public void Forget(JournalActor actor, long sequence) => numbers.Add(actor.Number);

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
            numbers.Add(actor.Number);
    }
}

using System.IO.Compression;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>Segments that no snapshot needs are compressed beside the log, and read as if they were not.</summary>
public sealed class CompressedSegmentsTests : IDisposable
{
    private const int Actors = 3;
    private const int BlockBytes = 1 << 20;
    private readonly TemporaryFolder _folder = new();

    private JournalOptions Options =>
        Workload.Options(_folder.Of("journal")) with { SegmentBytesMax = 3 << 20, CompressSegments = true };

    private static Replayed Reader => new(withStates: false);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Segments_before_the_older_snapshot_are_compressed_and_are_read_as_before()
    {
        var plain = await Written();
        var folder = await Compressed();
        Assert.Equal(["00000001.log.gz", "00000002.log.gz", "00000003.log.gz", "00000004.log", "00000005.log"],
            Names(folder, "0*"));
        var (before, after) = (Scanned(plain, out var reportBefore), Scanned(folder, out var reportAfter));
        Assert.Equal((reportBefore.Records, reportBefore.LastLsn), (reportAfter.Records, reportAfter.LastLsn));
        Assert.Equal(before.Records.Select(record => (record.Sequence, record.At.Offset, record.At.Lsn)),
            after.Records.Select(record => (record.Sequence, record.At.Offset, record.At.Lsn)));
        Assert.EndsWith(".log.gz", after.Records[0].At.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_segment_is_a_gzip_file_of_the_segment()
    {
        var plain = await Written();
        var folder = await Compressed();
        foreach (var name in Names(folder, "*.gz"))
        {
            await using var file = File.OpenRead(Path.Combine(folder, name));
            await using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var bytes = new MemoryStream();
            await gzip.CopyToAsync(bytes);
            // The last of them was not sealed then.
            var before = await File.ReadAllBytesAsync(Path.Combine(plain, name[..^3]));
            Assert.Equal(before, bytes.ToArray()[..before.Length]);
            Assert.True(name == "00000003.log.gz" || before.Length == bytes.Length);
            Assert.True(file.Length < bytes.Length / 2);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Name));
        }
    }

    [Fact]
    public async Task Without_snapshots_the_log_is_recovered_from_compressed_segments()
    {
        var folder = await Compressed();
        foreach (var snapshot in Directory.GetFiles(folder, "*.snap"))
            await File.WriteAllBytesAsync(snapshot, []);
        var replayed = Reader;
        await using var log = JournalLog.Open(Options, replayed);
        Assert.Equal(log.LastLsn, Workload.AssertPrefix(replayed, Actors));
    }

    [Fact]
    public async Task A_kill_at_any_step_leaves_a_log_that_is_whole_and_compressed_later()
    {
        await Written();
        var crashes = new List<string>();
        var disk = new WatchedDisk(() => crashes.Add(_folder.CopyOf(Options.Folder, $"crash-{crashes.Count}")));
        await Snapshots(Options with { Disk = disk });
        Assert.Equal(3 * 10, crashes.Count);
        foreach (var crash in crashes)
        {
            Workload.AssertPrefix(Scanned(crash, out var report), Actors);
            var hasTemporary = Directory.GetFiles(crash, "*.gz.tmp").Length;
            await using (var log = JournalLog.Open(Options with { Folder = crash }, Reader))
                Assert.Equal((hasTemporary, report.LastLsn), (log.Recovery.FilesRemoved.Count, log.LastLsn));
        }
        // A leftover compressed form is not believed: the segment itself is compressed again.
        foreach (var crash in new[] { crashes[9], crashes[19], crashes[29] })
        {
            await File.WriteAllBytesAsync(
                Directory.GetFiles(crash, "*.gz").Single(path => File.Exists(path[..^3])), [1, 2, 3]);
            Workload.AssertPrefix(Scanned(crash, out _), Actors);
            await Snapshots(Options with { Folder = crash });
            Workload.AssertPrefix(Scanned(crash, out _), Actors);
        }
    }

    [Fact]
    public async Task A_flipped_bit_is_found_in_its_block_and_all_before_it_is_read()
    {
        var folder = await Compressed();
        var gz = Path.Combine(folder, "00000002.log.gz");
        var bytes = await File.ReadAllBytesAsync(gz);
        var records = Scanned(folder, out _).Records;
        BlockIndex index;
        using (var file = File.OpenHandle(gz))
            index = BlockIndex.Read(file, gz);
        Assert.Equal(3, index.Blocks.Count);
        var random = new Random(3);
        for (var round = 0; round < 150; round++)
        {
            var at = round < 60 ? bytes.Length - 1 - round : random.Next(bytes.Length);
            var damaged = bytes.ToArray();
            damaged[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(gz, damaged);
            var block = index.Blocks.ToList().FindIndex(block => at < block.Offset + block.Bytes);
            var replayed = Reader;
            var damage = Assert.Throws<JournalDamagedException>(() => JournalScan.Read(folder, replayed));
            Assert.Equal((gz, Math.Max(block, 0) * (long)BlockBytes), (damage.File, damage.Offset));
            // All that is before the block, or before the segment.
            var before = records.Count(record => record.At.File.EndsWith("1.log.gz", StringComparison.Ordinal)
                || (record.At.File == gz && block > 0 && record.At.Offset + 300 < damage.Offset));
            Assert.InRange(Workload.AssertPrefix(replayed, Actors), before, before + 12);
            await using (JournalLog.Open(Options, Reader))
            {
                // Recovery needs the snapshots and what follows them only.
            }
        }
    }

    [Fact]
    public async Task A_segment_cut_off_or_exchanged_is_found()
    {
        var folder = await Compressed();
        var (one, two) = (Path.Combine(folder, "00000001.log.gz"), Path.Combine(folder, "00000002.log.gz"));
        var (first, second) = (await File.ReadAllBytesAsync(one), await File.ReadAllBytesAsync(two));
        for (var length = 0; length < first.Length; length += 1 + (length * 7))
        {
            await File.WriteAllBytesAsync(one, first[..length]);
            Assert.Equal((one, 0L), Damage(folder));
        }
        await File.WriteAllBytesAsync(one, second);
        Assert.Equal((one, 16L), Damage(folder));
        await File.WriteAllBytesAsync(one, first);
        await File.WriteAllBytesAsync(two, first);
        Assert.Equal((two, 16L), Damage(folder));
        File.Delete(two);
        Assert.Equal((Path.Combine(folder, "00000002.log"), 0L), Damage(folder));
    }

    [Fact]
    public async Task A_damaged_segment_stays_as_it_is_and_the_others_are_compressed()
    {
        await Written();
        var folder = Options.Folder;
        var damaged = Path.Combine(folder, "00000002.log");
        var bytes = await File.ReadAllBytesAsync(damaged);
        bytes[bytes.Length / 2] ^= 16;
        await using (var log = JournalLog.Open(Options, Reader))
        {
            await File.WriteAllBytesAsync(damaged, bytes);
            await Snapshot(log);
            await Snapshot(log);
            await Eventually.Holds(() => File.Exists(Path.Combine(folder, "00000003.log.gz")));
        }
        Assert.Equal(["00000001.log.gz", "00000003.log.gz"], Names(folder, "*.gz"));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(damaged));
    }

    [Fact]
    public async Task A_disk_that_is_full_meanwhile_leaves_the_segments_and_the_log_goes_on()
    {
        await Written();
        var folder = Options.Folder;
        var steps = 0;
        var disk = new WatchedDisk(() => throw new IOException($"No space left on device ({++steps})"));
        await using (var log = JournalLog.Open(Options with { Disk = disk }, Reader))
        {
            await Snapshot(log);
            await Snapshot(log);
            await Eventually.Holds(() => steps > 0 && Names(folder, "*.tmp").Length == 0);
            log.Append("goes on", 1, []);
            await log.WaitDurable(log.LastLsn);
        }
        Assert.Empty(Names(folder, "*.gz"));
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_segment_to_be_compressed()
    {
        await Written();
        using var begun = new ManualResetEventSlim();
        using var closing = new ManualResetEventSlim();
        var disk = new WatchedDisk(() =>
        {
            begun.Set();
            closing.Wait();
        });
        var log = JournalLog.Open(Options with { Disk = disk }, Reader);
        await Snapshot(log);
        await Snapshot(log);
        await Task.Run(begun.Wait);
        var closed = log.DisposeAsync();
        closing.Set();
        await closed;
        Assert.Empty(Names(Options.Folder, "*.gz*"));
        Assert.Equal(5, Names(Options.Folder, "*.log").Length);
    }

    private static (string File, long Offset) Damage(string folder)
    {
        var damage = Assert.Throws<JournalDamagedException>(() => JournalScan.Read(folder, Reader));
        return (damage.File, damage.Offset);
    }

    private static string[] Names(string folder, string pattern) =>
        [.. Directory.GetFiles(folder, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static Replayed Scanned(string folder, out RecoveryReport report)
    {
        var scanned = Reader;
        report = JournalScan.Read(folder, scanned);
        return scanned;
    }

    private static async Task Snapshot(JournalLog log)
    {
        using var snapshot = await log.BeginSnapshot();
        for (var lsn = log.LastLsn; lsn > log.LastLsn - Actors; lsn--)
            snapshot.Add(Workload.Actor(lsn, Actors), ((lsn - 1) / Actors) + 1, "state"u8);
        await snapshot.Commit();
    }

    /// <summary>A log of three segments without snapshots.</summary>
    private async Task<string> Written()
    {
        await using (var log = JournalLog.Open(Options, Reader))
        {
            await Workload.AppendBatches(log, 1, 60_000, Actors, 500);
            Assert.Equal(3, log.Statistics.Segment);
        }
        return _folder.CopyOf(Options.Folder, "written");
    }

    /// <summary>The log after two snapshots, with its first segments compressed.</summary>
    private async Task<string> Compressed()
    {
        if (!Directory.Exists(Options.Folder))
            await Written();
        await Snapshots(Options);
        return Options.Folder;
    }

    private static async Task Snapshots(JournalOptions options)
    {
        await using (var before = JournalLog.Open(options with { CompressSegments = false }, Reader))
            await Snapshot(before);
        await using var log = JournalLog.Open(options, Reader);
        await Snapshot(log);
        await Eventually.Holds(
            () => Names(options.Folder, "*.log").Length == 2 && Names(options.Folder, "*.tmp").Length == 0);
    }
}

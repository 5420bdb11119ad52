using System.Text;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

public sealed class JournalLogTests : IDisposable
{
    private const int Actors = 7;
    private readonly TemporaryFolder _folder = new();

    private JournalOptions Options => Workload.Options(_folder.Of("journal"));

    private JournalOptions Small =>
        Options with { Durable = true, BufferBytesMax = 64 << 10, PayloadBytesMax = 32 << 10 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_appended_is_read_back_in_order_and_can_be_continued()
    {
        for (var round = 0; round < 4; round++)
        {
            var replayed = new Replayed();
            await using var log = JournalLog.Open(Options with { Durable = true }, replayed);
            Assert.Equal(round * 100, Workload.AssertPrefix(replayed, Actors));
            Assert.Equal(round * 100, log.DurableLsn);
            Assert.Null(log.Recovery.TornTail);
            Workload.Append(log, (round * 100) + 1, (round * 100) + 100, Actors);
            await log.WaitDurable(log.LastLsn);
            Assert.Equal(log.LastLsn, log.DurableLsn);
        }
    }

    [Fact]
    public async Task Segments_roll_and_nothing_is_lost_between_them()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
            await Workload.AppendBatches(log, 1, 5000, Actors, 50);
        Assert.True(Directory.GetFiles(Options.Folder, "*.log").Length > 5);
        var replayed = new Replayed();
        await using var again = JournalLog.Open(Options, replayed);
        Assert.Equal(5000, Workload.AssertPrefix(replayed, Actors));
        Assert.Same(replayed.Records[0].Actor, replayed.Records[Actors].Actor);
    }

    [Fact]
    public async Task Closing_writes_what_nobody_waited_for()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
            Workload.Append(log, 1, 300, Actors);
        Assert.Equal(300, JournalScan.Read(Options.Folder, new Replayed()).Records);
    }

    [Fact]
    public async Task Concurrent_appenders_keep_each_actor_in_order()
    {
        const int Threads = 8;
        const int Each = 2000;
        await using (var log = JournalLog.Open(
            Options with { Durable = true, BufferBytesMax = 64 << 10, PayloadBytesMax = 1024 }, new Replayed()))
        {
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
            {
                for (var sequence = 1; sequence <= Each; sequence++)
                {
                    var lsn = log.Append($"actor-{thread}", sequence, BitConverter.GetBytes(sequence));
                    if (sequence % 100 == 0)
                        await log.WaitDurable(lsn);
                    Assert.True(sequence % 100 != 0 || log.DurableLsn >= lsn);
                }
            })));
        }

        var replayed = new Replayed();
        await using var again = JournalLog.Open(Options, replayed);
        Assert.Equal(Threads * Each, replayed.Records.Count);
    }

    [Fact]
    public async Task A_second_opener_is_refused_and_told_who_has_it()
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        var refused = Assert.Throws<JournalLockedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.Contains(Options.Folder, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Workload.Append(log, 1, 10, Actors);
        await log.DisposeAsync();
        await using var next = JournalLog.Open(Options, new Replayed());
        Assert.Equal(10, next.LastLsn);
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("lock.holder")]
    public async Task A_second_opener_is_refused_although_a_file_of_the_lock_was_removed(string removed)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps the file.");
        await using var log = JournalLog.Open(Options, new Replayed());
        Workload.Append(log, 1, 10, Actors);
        File.Delete(Path.Combine(Options.Folder, removed));
        Assert.Throws<JournalLockedException>(() => JournalLog.Open(Options, new Replayed()));
        await log.WaitDurable(log.LastLsn);
        await log.DisposeAsync();
        await using var next = JournalLog.Open(Options, new Replayed());
        Assert.Equal(10, next.LastLsn);
    }

    [Fact]
    public async Task A_journal_that_an_earlier_version_has_open_is_refused()
    {
        Directory.CreateDirectory(Options.Folder);
        var file = Path.Combine(Options.Folder, "lock");
        await using (new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            Assert.Throws<JournalLockedException>(() => JournalLog.Open(Options, new Replayed()));
        await using var next = JournalLog.Open(Options, new Replayed());
    }

    [Fact]
    public async Task A_failed_recovery_gives_the_lock_back()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
            Workload.Append(log, 1, 10, Actors);
        var segment = Path.Combine(Options.Folder, "00000001.log");
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        await using var again = JournalLog.Open(Options, new Replayed());
        Assert.Equal(10, again.LastLsn);
    }

    [Fact]
    public async Task Keys_and_payloads_out_of_bounds_are_refused_and_change_nothing()
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        Assert.ThrowsAny<ArgumentException>(() => log.Append("", 1, []));
        Assert.ThrowsAny<ArgumentException>(() => log.Append(new string('\ud800', 1), 1, []));
        Assert.ThrowsAny<ArgumentException>(() => log.Append(new string('x', 513), 1, []));
        Assert.ThrowsAny<ArgumentException>(() => log.Append("a", 0, []));
        Assert.ThrowsAny<ArgumentException>(() => log.Append("a", 1, new byte[Options.PayloadBytesMax + 1]));
        Assert.Equal(0, log.LastLsn);
        Assert.Equal(1, log.Append(new string('x', 512), 1, []));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await log.WaitDurable(2));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        var refused = Assert.ThrowsAny<ArgumentException>(
            () => JournalLog.Open(Options with { SegmentBytesMax = 1 }, new Replayed()));
        Assert.Contains("SegmentBytesMax must be 64 KiB to 1 GiB", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Options.Folder));
    }

    [Fact]
    public async Task The_largest_payload_fits_even_into_a_smaller_segment()
    {
        var large = new byte[4 << 20];
        new Random(1).NextBytes(large);
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            log.Append("a", 1, large);
            await log.WaitDurable(1);
            log.Append("a", 2, large);
        }

        var replayed = new Replayed();
        await using var again = JournalLog.Open(Options, replayed);
        Assert.All(replayed.Records, record => Assert.Equal(Encoding.Latin1.GetString(large), record.Payload));
        Assert.Equal(2, again.LastLsn);
    }

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var log = JournalLog.Open(Options, new Replayed());
        using (var snapshot = await log.BeginSnapshot())
            await snapshot.Commit();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Options.Folder));
        var files = Directory.GetFiles(Options.Folder);
        Assert.Equal(5, files.Length);
        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_full_disk_closes_the_log_and_claims_nothing_durable()
    {
        var disk = new FaultyDisk();
        var log = JournalLog.Open(Options with { Disk = disk }, new Replayed());
        await using (log)
        {
            await Workload.AppendBatches(log, 1, 100, Actors, 10);
            disk.BytesLeft = 1000;
            Workload.Append(log, 101, 101, Actors);
            await Assert.ThrowsAsync<JournalFailedException>(async () =>
            {
                for (var lsn = 102; ; lsn++)
                {
                    Workload.Append(log, lsn, lsn, Actors);
                    await log.WaitDurable(lsn);
                }
            });
            var durable = log.DurableLsn;
            Assert.InRange(durable, 100, 110);
            Assert.Throws<JournalFailedException>(() => log.Append("x", 1, []));
            await log.WaitDurable(durable);
            await Assert.ThrowsAsync<JournalFailedException>(async () => await log.WaitDurable(log.LastLsn));
            await Assert.ThrowsAsync<JournalFailedException>(async () => await log.BeginSnapshot());
            Assert.NotNull(log.Failure);
        }

        var replayed = new Replayed();
        await using var again = JournalLog.Open(Options, replayed);
        Assert.InRange(Workload.AssertPrefix(replayed, Actors), log.DurableLsn, log.LastLsn);
    }

    [Fact]
    public async Task A_failed_flush_fails_all_who_wait()
    {
        var disk = new FaultyDisk();
        await using var log = JournalLog.Open(
            Options with { Durable = true, Disk = disk }, new Replayed());
        disk.FlushMayGoOn.Reset();
        disk.FlushFails = true;
        var waits = Enumerable.Range(1, 20).Select(lsn => log.WaitDurable(log.Append("a", lsn, [])).AsTask()).ToList();
        var snapshot = log.BeginSnapshot().AsTask();
        disk.FlushMayGoOn.Set();
        foreach (var wait in waits)
            await Assert.ThrowsAsync<JournalFailedException>(() => wait);
        await Assert.ThrowsAsync<JournalFailedException>(() => snapshot);
        Assert.Equal(0, log.DurableLsn);
    }

    [Fact]
    public async Task A_full_buffer_asks_callers_to_wait_and_blocks_no_thread()
    {
        var disk = new FaultyDisk();
        await using var log = JournalLog.Open(Small with { Disk = disk }, new Replayed());
        disk.FlushMayGoOn.Reset();
        var sequence = await FillWriter(log);
        Task room;
        do
            log.Append("a", ++sequence, new byte[16 << 10]);
        while ((room = log.WhenRoom()).IsCompleted);
        // Taken although the buffer is full: who must wait is told so, and is not held.
        log.Append("a", ++sequence, new byte[16 << 10]);
        Assert.False(room.IsCompleted || log.WhenRoom().IsCompleted);
        Assert.True(log.Statistics.AppendsDelayed > 0);

        disk.FlushMayGoOn.Set();
        await room;
        await log.WaitDurable(sequence);
        Assert.True(log.WhenRoom().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Callers_that_do_not_wait_are_refused_at_four_times_the_buffer_and_lose_nothing_that_was_taken()
    {
        var disk = new FaultyDisk();
        var taken = 0L;
        await using (var log = JournalLog.Open(Small with { Disk = disk }, new Replayed()))
        {
            disk.FlushMayGoOn.Reset();
            taken = await FillWriter(log);
            Assert.Throws<JournalFullException>(() =>
            {
                for (; taken < 100; taken++)
                    log.Append("a", taken + 1, new byte[16 << 10]);
            });
            Assert.InRange(log.Statistics.BytesBuffered, 3 * Small.BufferBytesMax, 4 * Small.BufferBytesMax);
            disk.FlushMayGoOn.Set();
            await log.WhenRoom();
            log.Append("a", ++taken, []);
        }

        await using var again = JournalLog.Open(Options, new Replayed());
        Assert.Equal(taken, again.LastLsn);
    }

    [Fact]
    public async Task Whoever_waits_for_room_hears_that_the_log_failed()
    {
        var disk = new FaultyDisk();
        await using var log = JournalLog.Open(Small with { Disk = disk }, new Replayed());
        disk.FlushMayGoOn.Reset();
        disk.FlushFails = true;
        for (var sequence = await FillWriter(log); log.WhenRoom().IsCompleted;)
            log.Append("a", ++sequence, new byte[16 << 10]);
        var room = log.WhenRoom();
        disk.FlushMayGoOn.Set();
        await Assert.ThrowsAsync<JournalFailedException>(() => room);
        await Assert.ThrowsAsync<JournalFailedException>(log.WhenRoom);
        Assert.Same(log.Failure, await log.Failed);
    }

    [Fact]
    public async Task An_observer_that_throws_ends_neither_the_writing_thread_nor_anything_else()
    {
        var told = 0;
        await using var log = JournalLog.Open(
            Options with
            {
                BatchWritten = (_, _) =>
                {
                    told++;
                    throw new InvalidOperationException("The exporter is broken.");
                },
            },
            new Replayed());
        await Workload.AppendBatches(log, 1, 30, Actors, 10);
        Assert.Null(log.Failure);
        Assert.Equal((1, 30), (told, log.DurableLsn));
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_record_in_the_log()
    {
        var disk = new FaultyDisk();
        await using var log = JournalLog.Open(
            Options with { Durable = true, Disk = disk }, new Replayed());
        disk.FlushMayGoOn.Reset();
        using var cancellation = new CancellationTokenSource();
        var wait = log.WaitDurable(log.Append("a", 1, []), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        disk.FlushMayGoOn.Set();
        await log.WaitDurable(1);
    }

    [Fact]
    public void The_checksum_is_the_standard_one() =>
        Assert.Equal(0xE3069283u, Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, "1234"u8), "56789"u8)));

    /// <summary>Appends one record, and returns when the writing thread has taken it: its flush is held back.</summary>
    private static async Task<long> FillWriter(JournalLog log)
    {
        log.Append("a", 1, [1]);
        await Eventually.Holds(() => log.Statistics.BytesBuffered == 0);
        return 1;
    }
}

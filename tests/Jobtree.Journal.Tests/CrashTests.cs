using System.Buffers.Binary;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>
/// Some thousand ways in which a machine can die or a disk can lie. What was durable at a moment is known from the
/// disk: it is told of each flush, and all that was written before it.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Actors = 3;
    private const int Points = 550;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_a_cut_at_any_byte_what_is_read_is_a_prefix_with_all_that_was_durable()
    {
        var (bytes, ends) = await OneSegment(idle: false);
        var random = new Random(11);
        for (var point = 0; point < Points; point++)
        {
            var cut = random.Next(64, bytes.Length + 1);
            var file = Put(bytes.AsSpan(0, cut));
            var replayed = new Replayed();
            await using (var log = JournalLog.Open(Workload.Options(_folder.Of("crash")), replayed))
            {
                var read = Workload.AssertPrefix(replayed, Actors);
                Assert.Equal(ends.Count(end => end <= cut), read);
                var dropped = log.Recovery.TornTail;
                Assert.True(dropped is null || (dropped.File == file && dropped.Offset + dropped.BytesDropped == cut));
                if (point % 4 == 0)
                    Workload.Append(log, read + 1, read + 5, Actors);
            }

            if (point % 4 == 0)
                Assert.Equal(ends.Count(end => end <= cut) + 5, await Recovered());
        }
    }

    [Fact]
    public async Task A_batch_of_which_only_some_pages_arrived_is_dropped_from_its_first_gap()
    {
        var (bytes, ends) = await OneSegment(idle: false);
        var batches = Batches(bytes);
        var random = new Random(12);
        for (var point = 0; point < Points; point++)
        {
            // The last batch at the moment of the crash, with sectors of it still zero, old rubbish or cut off.
            var batch = random.Next(batches.Count);
            var start = batches[batch];
            var end = batch + 1 < batches.Count ? batches[batch + 1] : bytes.Length;
            var crashed = bytes[..(int)end];
            var from = random.Next((int)start, (int)end);
            var lost = crashed.AsSpan(from, random.Next(1, (int)end - from + 1));
            if (point % 3 == 0)
                random.NextBytes(lost);
            else
                lost.Clear();
            Put(point % 3 == 1 ? [.. crashed, .. new byte[random.Next(5000)]] : crashed);
            var read = await Recovered();
            Assert.InRange(read, ends.Count(frame => frame <= start), ends.Count(frame => frame <= end));
            Assert.True(read >= ends.Count(frame => frame <= from));
        }
    }

    [Fact]
    public async Task A_changed_bit_in_what_was_durable_is_always_reported_where_it_is()
    {
        var (bytes, ends) = await OneSegment(idle: true);
        var frames = Frames(bytes);
        var random = new Random(13);
        for (var point = 0; point < Points; point++)
        {
            var at = random.Next(bytes.Length);
            var damaged = bytes.ToArray();
            damaged[at] ^= (byte)(1 << random.Next(8));
            var file = Put(damaged);
            var frame = at < 64 ? 0 : frames.Last(offset => offset <= at);
            if (frame == frames[^1])
            {
                // The mark that the log left behind when it had nothing more to do: no record is lost with it.
                Assert.Equal(ends.Count, await Recovered());
                continue;
            }

            var replayed = new Replayed();
            var exception = Assert.Throws<JournalDamagedException>(
                () => JournalLog.Open(Workload.Options(_folder.Of("crash")), replayed));
            Assert.Equal(file, exception.File);
            Assert.True(at < 64 ? exception.Offset < 64 : exception.Offset == frame,
                $"{exception.Offset} for {at} in {frame}");
            Assert.Equal(ends.Count(end => end <= frame), Workload.AssertPrefix(replayed, Actors));
            Assert.Equal(damaged, await File.ReadAllBytesAsync(file));
            Assert.Throws<JournalDamagedException>(() => JournalScan.Read(_folder.Of("crash"), new Replayed()));
        }
    }

    [Fact]
    public async Task A_changed_bit_is_reported_also_after_a_crash_before_the_mark_unless_it_is_in_the_last_batch()
    {
        var (bytes, ends) = await OneSegment(idle: false);
        var last = Batches(bytes)[^1];
        var random = new Random(14);
        for (var point = 0; point < Points; point++)
        {
            var at = random.Next(64, bytes.Length);
            var damaged = bytes.ToArray();
            damaged[at] ^= (byte)(1 << random.Next(8));
            Put(damaged);
            if (at < last)
                await Assert.ThrowsAsync<JournalDamagedException>(Recovered);
            else
                Assert.Equal(ends.Count(end => end <= at), await Recovered());
        }
    }

    [Fact]
    public async Task Damage_in_an_earlier_segment_is_reported_and_never_taken_for_a_torn_end()
    {
        var source = _folder.Of("source");
        await using (var log = JournalLog.Open(Workload.Options(source), new Replayed()))
            await Workload.AppendBatches(log, 1, 1500, Actors, 40);
        var segments = Directory.GetFiles(source, "*.log").Order(StringComparer.Ordinal).ToArray();
        Assert.True(segments.Length >= 3);
        var random = new Random(15);
        for (var point = 0; point < 200; point++)
        {
            var crash = _folder.CopyOf(source, "crash");
            var file = Path.Combine(crash, Path.GetFileName(segments[random.Next(segments.Length - 1)]));
            var bytes = await File.ReadAllBytesAsync(file);
            if (point % 2 == 0)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            else
                bytes = bytes[..random.Next(bytes.Length)];
            await File.WriteAllBytesAsync(file, bytes);
            Assert.Equal(file, (await Assert.ThrowsAsync<JournalDamagedException>(Recovered)).File);
        }
    }

    [Fact]
    public async Task Missing_doubled_exchanged_and_foreign_segments_are_named()
    {
        var source = _folder.Of("source");
        await using (var log = JournalLog.Open(Workload.Options(source), new Replayed()))
            await Workload.AppendBatches(log, 1, 1500, Actors, 40);
        var count = Directory.GetFiles(source, "*.log").Length;
        for (var number = 1; number <= count; number++)
        {
            var name = $"{number:D8}.log";
            var crash = _folder.CopyOf(source, $"missing-{number}");
            File.Delete(Path.Combine(crash, name));
            Assert.EndsWith(name, Damage(crash).File, StringComparison.Ordinal);
        }

        var doubled = _folder.CopyOf(source, "doubled");
        File.Copy(Path.Combine(doubled, $"{count:D8}.log"), Path.Combine(doubled, $"{count + 1:D8}.log"));
        Assert.Contains("its name says", Damage(doubled).Message, StringComparison.Ordinal);
        var twice = _folder.CopyOf(source, "twice");
        File.Copy(Path.Combine(twice, "00000001.log"), Path.Combine(twice, "1.log"));
        Assert.EndsWith("1.log", Damage(twice).File, StringComparison.Ordinal);

        var foreign = _folder.Of("foreign");
        await using (var log = JournalLog.Open(Workload.Options(foreign), new Replayed()))
            await Workload.AppendBatches(log, 1, 1500, Actors, 40);
        var mixed = _folder.CopyOf(source, "mixed");
        File.Copy(Path.Combine(foreign, "00000002.log"), Path.Combine(mixed, "00000002.log"), overwrite: true);
        Damage(mixed);
    }

    [Fact]
    public async Task A_crash_at_any_write_of_a_roll_loses_nothing()
    {
        // Each disk lets through some bytes more than the one before, so that every step of two rolls is the last one
        // somewhere.
        for (var bytes = 0L; bytes < 1400; bytes += 5)
        {
            var options = Workload.Options(_folder.Of($"roll-{bytes}"));
            var disk = new FaultyDisk();
            var log = JournalLog.Open(options with { Disk = disk }, new Replayed());
            await Workload.AppendBatches(log, 1, 4, Actors, 2);
            disk.BytesLeft = bytes;
            try
            {
                using (var snapshot = await log.BeginSnapshot())
                {
                }

                await Workload.AppendBatches(log, 5, 8, Actors, 2);
                using (var snapshot = await log.BeginSnapshot())
                {
                }
            }
            catch (Exception exception) when (exception is JournalFailedException or IOException)
            {
            }

            await log.DisposeAsync();
            var replayed = new Replayed();
            await using (var again = JournalLog.Open(options, replayed))
            {
                Assert.InRange(Workload.AssertPrefix(replayed, Actors), log.DurableLsn, 8);
                Workload.Append(again, again.LastLsn + 1, 12, Actors);
            }

            Assert.Equal(12, JournalScan.Read(options.Folder, new Replayed()).Records);
        }
    }

    [Fact]
    public async Task A_payload_that_copies_a_frame_of_the_log_is_not_taken_for_one()
    {
        var options = Workload.Options(_folder.Of("forged"));
        await using (var log = JournalLog.Open(options, new Replayed()))
            await Workload.AppendBatches(log, 1, 10, Actors, 1);
        var file = Path.Combine(options.Folder, "00000001.log");
        var first = await File.ReadAllBytesAsync(file);
        var length = first.Length;

        // Whoever could read the file could copy whole frames; the batch they name betrays them.
        await using (var log = JournalLog.Open(options, new Replayed()))
        {
            log.Append("hostile", 1, first.AsSpan(64));
            log.Append("hostile", 2, first.AsSpan(64));
        }

        var bytes = await File.ReadAllBytesAsync(file);
        var frame = FrameHeader.FrameBytesAt(bytes.AsSpan(length));
        await File.WriteAllBytesAsync(file, bytes.AsMemory(0, length + frame - 1));
        await using var again = JournalLog.Open(options, new Replayed());
        Assert.Equal(10, again.LastLsn);
        Assert.Equal(length, again.Recovery.TornTail!.Offset);
    }

    [Fact]
    public async Task A_scan_beside_a_living_writer_reads_a_prefix_and_reports_no_damage()
    {
        var options = Workload.Options(_folder.Of("live"));
        await using var log = JournalLog.Open(options, new Replayed());
        var writing = Task.Run(() => Workload.AppendBatches(log, 1, 6000, Actors, 17));
        long before = 0;
        do
        {
            var durable = log.DurableLsn;
            var replayed = new Replayed();
            JournalScan.Read(options.Folder, replayed);
            var read = Workload.AssertPrefix(replayed, Actors);
            Assert.True(read >= durable && read >= before);
            before = read;
        }
        while (!writing.IsCompleted);
        await writing;
    }

    private static List<long> Frames(byte[] bytes)
    {
        var frames = new List<long>();
        for (long at = 64; at < bytes.Length; at += FrameHeader.FrameBytesAt(bytes.AsSpan((int)at)))
            frames.Add(at);
        return frames;
    }

    private static List<long> Batches(byte[] bytes) =>
        Frames(bytes).Select(at => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan((int)at + 12))).Distinct()
            .ToList();

    private static JournalDamagedException Damage(string folder) =>
        Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Workload.Options(folder), new Replayed()));

    /// <summary>The bytes of a segment as a crash leaves them, and the end of each record in it.</summary>
    private async Task<(byte[] Bytes, List<long> Ends)> OneSegment(bool idle)
    {
        var options = Workload.Options(_folder.Of("source")) with { SegmentBytesMax = 1 << 20 };
        await using (var log = JournalLog.Open(options, new Replayed()))
            await Workload.AppendBatches(log, 1, 150, Actors, 12);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(options.Folder, "00000001.log"));
        var frames = Frames(bytes);
        Assert.Equal((byte)'M', bytes[frames[^1] + 3]);
        if (!idle)
            bytes = bytes[..(int)frames[^1]];
        var ends = Frames(bytes)
            .Where(at => bytes[at + 3] == (byte)'R')
            .Select(at => at + FrameHeader.FrameBytesAt(bytes.AsSpan((int)at)))
            .ToList();
        Assert.Equal(150, ends.Count);
        return (bytes, ends);
    }

    private string Put(ReadOnlySpan<byte> bytes)
    {
        var file = Path.Combine(Directory.CreateDirectory(_folder.Of("crash")).FullName, "00000001.log");
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>
    /// Opens the crashed journal and counts its records, having compared each with what was appended.
    /// </summary>
    private async Task<long> Recovered()
    {
        var replayed = new Replayed();
        await JournalLog.Open(Workload.Options(_folder.Of("crash")), replayed).DisposeAsync();
        return Workload.AssertPrefix(replayed, Actors);
    }
}

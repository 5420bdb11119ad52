using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>What was there at a clean stop and is not any more was lost, and no crash explains it.</summary>
public sealed class StopMarkTests : IDisposable
{
    private const int Actors = 3;
    private const int Records = 40;
    private readonly TemporaryFolder _folder = new();

    private JournalOptions Options => Workload.Options(_folder.Of("journal")) with { Durable = true };

    private string Segment => Path.Combine(Options.Folder, "00000001.log");

    private string Mark => Path.Combine(Options.Folder, "stopped");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_log_that_was_stopped_and_cut_anywhere_is_damaged_unless_every_record_is_there()
    {
        await Write(1, Records);
        var whole = await File.ReadAllBytesAsync(Segment);
        var opened = 0;
        for (var cut = 64; cut < whole.Length; cut += 7)
        {
            await File.WriteAllBytesAsync(Segment, whole[..cut]);
            var replayed = new Replayed();
            if (Damage(replayed) is not { } damage)
            {
                Assert.Equal(Records, Workload.AssertPrefix(replayed, Actors));
                opened++;
                continue;
            }
            Assert.True(Workload.AssertPrefix(replayed, Actors) < Records);
            Assert.Equal(Segment, damage.File);
            Assert.Contains($"but record {Records} was durable when the host stopped", damage.Message,
                StringComparison.Ordinal);
            Assert.Throws<JournalDamagedException>(() => JournalScan.Read(Options.Folder, new Replayed()));
            Assert.Equal(cut, new FileInfo(Segment).Length);
        }
        // A mark of 36 bytes is the end, behind the last record.
        Assert.InRange(opened, 4, 6);
    }

    [Fact]
    public async Task Without_the_mark_what_is_gone_is_given_up()
    {
        await Write(1, Records);
        await CutInHalf();
        Assert.NotNull(Damage(new Replayed()));
        File.Delete(Mark);
        var replayed = new Replayed();
        await using var log = JournalLog.Open(Options, replayed);
        Assert.InRange(Workload.AssertPrefix(replayed, Actors), 1, Records - 1);
        Assert.NotNull(log.Recovery.TornTail);
    }

    [Fact]
    public async Task A_log_that_went_on_after_a_stop_may_have_a_torn_tail_and_no_less_than_at_the_stop()
    {
        await Write(1, Records);
        string crashed;
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            await Workload.AppendBatches(log, Records + 1, Records + 20, Actors, 4);
            crashed = _folder.CopyOf(Options.Folder, "crashed");
        }
        var segment = Path.Combine(crashed, "00000001.log");
        var bytes = await File.ReadAllBytesAsync(segment);
        await File.WriteAllBytesAsync(segment, bytes[..^150]);
        var replayed = new Replayed();
        await using (JournalLog.Open(Options with { Folder = crashed }, replayed))
            Assert.InRange(Workload.AssertPrefix(replayed, Actors), Records, Records + 19);
    }

    [Fact]
    public async Task A_log_that_is_gone_altogether_or_of_another_journal_is_not_begun_anew()
    {
        await Write(1, Records);
        File.Delete(Segment);
        Assert.Contains("stopped tells of records", Damage(new Replayed())!.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Segment));

        var other = Options with { Folder = _folder.Of("other") };
        await using (var log = JournalLog.Open(other, new Replayed()))
            await Workload.AppendBatches(log, 1, Records + 1, Actors, 4);
        File.Copy(Path.Combine(other.Folder, "00000001.log"), Segment);
        Assert.Contains("belongs to another journal", Damage(new Replayed())!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_mark_is_told()
    {
        await Write(1, Records);
        var bytes = await File.ReadAllBytesAsync(Mark);
        for (var bit = 0; bit < 8 * bytes.Length; bit += 5)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(Mark, damaged);
            Assert.Equal(Mark, Damage(new Replayed())!.File);
        }
    }

    [Fact]
    public async Task A_log_that_failed_leaves_no_mark_of_what_is_not_there()
    {
        await Write(1, Records);
        var before = await File.ReadAllBytesAsync(Mark);
        var disk = new FaultyDisk();
        await using (var log = JournalLog.Open(Options with { Disk = disk }, new Replayed()))
        {
            disk.FlushFails = true;
            Workload.Append(log, Records + 1, Records + 5, Actors);
            await Assert.ThrowsAsync<JournalFailedException>(async () => await log.WaitDurable(log.LastLsn));
        }
        Assert.Equal(before, await File.ReadAllBytesAsync(Mark));
        Assert.Null(Damage(new Replayed()));
    }

    [Fact]
    public async Task A_mark_that_cannot_be_written_holds_up_no_stop()
    {
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            await Workload.AppendBatches(log, 1, Records, Actors, 4);
            Directory.CreateDirectory(Path.Combine(Mark + ".tmp", "in the way"));
        }
        Assert.False(File.Exists(Mark));
        Directory.Delete(Mark + ".tmp", recursive: true);
        Assert.Null(Damage(new Replayed()));
    }

    private async Task Write(long from, long to)
    {
        await using var log = JournalLog.Open(Options, new Replayed());
        await Workload.AppendBatches(log, from, to, Actors, 4);
    }

    private async Task CutInHalf()
    {
        var bytes = await File.ReadAllBytesAsync(Segment);
        await File.WriteAllBytesAsync(Segment, bytes[..(bytes.Length / 2)]);
    }

    /// <summary>Opens a log as it is, without stopping it; null: it can be opened.</summary>
    private JournalDamagedException? Damage(Replayed replayed)
    {
        try
        {
            JournalRecovery.Read(new JournalFolder(Options.Folder), Options, replayed, default);
            return null;
        }
        catch (JournalDamagedException damage)
        {
            return damage;
        }
    }
}

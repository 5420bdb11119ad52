using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>
/// The first segments of a log may be anywhere: opening it needs them not, and an audit begins at the oldest snapshot
/// or reads them where they are.
/// </summary>
public sealed class MovedSegmentsTests : IDisposable
{
    private const string Flavor = $"flavor/{SampleLedgers.Flavor}";
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.Of("data");

    private string Journal => _folder.Of("data/journal");

    private JournalOptions Options => Workload.Options(Journal) with { CompressSegments = true };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_audit_begins_at_the_oldest_snapshot_and_says_so_or_reads_the_segments_where_they_are()
    {
        var entries = await SampleLedgers.Lived();
        var plain = await Write(entries, 5, 10);
        Assert.Null(plain.Begins);
        var compressed = FolderAudit.Run(Data);
        Same(plain, compressed);
        Assert.Equal(entries.Count, compressed.Records);

        var moved = _folder.Move("data/journal", "00000001.log.gz", "00000002.log.gz");
        var rest = FolderAudit.Run(Data);
        Assert.Equal(
            $"Segments 1 to 2 are elsewhere: the audit begins in segment 3 with record 11, and "
            + $"{Path.Combine(Journal, "snapshot-00000003.snap")} vouches for what is before ({SampleLedgers.Flavor} "
            + $"up to entry 10, head {HashChain.ToHex(HashChain.Link(entries[9].Bytes))}).",
            rest.Begins);
        Assert.Equal(plain.Heads, rest.Heads);
        Assert.Equal(plain.Violations, rest.Violations);
        Assert.Equal(entries.Count - 10, rest.Records);
        Assert.InRange(rest.Leases, 1, plain.Leases - 1);

        Same(plain, FolderAudit.Run(Data, [moved]));
        Same(plain, FolderAudit.Run(Data, [_folder.Of("data"), moved]));
        Assert.Throws<DirectoryNotFoundException>(() => FolderAudit.Run(Data, [_folder.Of("nowhere")]));

        // Of two parts, one is not enough.
        Directory.CreateDirectory(_folder.Of("other"));
        File.Move(Path.Combine(moved, "00000001.log.gz"), Path.Combine(_folder.Of("other"), "00000001.log.gz"));
        Assert.StartsWith("Segment 1 is elsewhere: the audit begins in segment 3 ",
            FolderAudit.Run(Data, [moved]).Begins, StringComparison.Ordinal);
        Same(plain, FolderAudit.Run(Data, [moved, _folder.Of("other")]));
    }

    [Fact]
    public async Task The_log_opens_and_goes_on_without_them()
    {
        await Write(await SampleLedgers.Lived(), 5, 10);
        _folder.Move("data/journal", "00000001.log.gz", "00000002.log.gz");
        var replayed = new Replayed();
        await using (var log = JournalLog.Open(Options, replayed))
        {
            Assert.Equal((0, Flavor), (log.Recovery.SnapshotsDamaged.Count, Assert.Single(replayed.States).Actor));
            log.Append("run/default/new", 1, "{}"u8);
        }
        Assert.NotNull(FolderAudit.Run(Data).Begins);
        foreach (var snapshot in Directory.GetFiles(Journal, "*.snap"))
            await File.WriteAllBytesAsync(snapshot, []);
        var damage = Assert.Throws<JournalDamagedException>(() => JournalLog.Open(Options, new Replayed()));
        Assert.Equal(Path.Combine(Journal, "00000001.log"), damage.File);
        Assert.Contains("also what was moved away", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chain_must_continue_the_head_that_the_snapshot_holds()
    {
        var entries = (await SampleLedgers.Lived()).ToList();
        // The entry after the snapshot names another one before it, with every checksum right.
        var forged = entries[10].Bytes.ToArray();
        forged[forged.AsSpan().IndexOf("\"previous\":\""u8) + 12] ^= 1;
        entries[10] = new LedgerRecord(11, forged);
        await Write(entries, 5, 10);
        _folder.Move("data/journal", "00000001.log.gz");
        var violation = FolderAudit.Run(Data).Violations[0];
        Assert.Equal((9, $"{Path.Combine(Journal, "00000003.log")}, offset 64"),
            (violation.Invariant, violation.Where));
        Assert.Contains("breaks after entry 10", violation.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gap_in_the_middle_is_damage()
    {
        var plain = await Write(await SampleLedgers.Lived(), 2, 4, 6, 8);
        Assert.Equal(4, Directory.GetFiles(Journal, "*.log.gz").Length);
        _folder.Move("data/journal", "00000003.log.gz");
        Damaged("00000003.log");
        var moved = _folder.Move("data/journal", "00000001.log.gz");
        Damaged("00000003.log");
        Same(plain, FolderAudit.Run(Data, [moved]));
        File.Delete(Path.Combine(moved, "00000003.log.gz"));
        Assert.Contains(FolderAudit.Run(Data, [moved]).Violations, violation => violation.Where
            == $"{Path.Combine(Journal, "00000003.log")}, offset 0");
    }

    [Fact]
    public async Task A_damaged_snapshot_is_reported_and_the_next_one_used()
    {
        var entries = await SampleLedgers.Lived();
        await Write(entries, 5, 10);
        _folder.Move("data/journal", "00000001.log.gz");
        var older = Path.Combine(Journal, "snapshot-00000003.snap");
        var bytes = await File.ReadAllBytesAsync(older);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(older, bytes);
        var report = FolderAudit.Run(Data);
        Assert.Contains("begins in segment 4 ", report.Begins, StringComparison.Ordinal);
        Assert.StartsWith($"{older}, offset ", report.Violations[0].Where, StringComparison.Ordinal);
        File.Delete(Path.Combine(Journal, "snapshot-00000004.snap"));
        report = FolderAudit.Run(Data);
        Assert.Null(report.Begins);
        Assert.Equal($"{Path.Combine(Journal, "00000001.log")}, offset 0", Assert.Single(report.Violations).Where);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_compressed_segment_is_a_violation_where_it_is_read()
    {
        await Write(await SampleLedgers.Lived(), 5, 10);
        var moved = _folder.Move("data/journal", "00000001.log.gz", "00000002.log.gz");
        var file = Path.Combine(moved, "00000002.log.gz");
        var bytes = await File.ReadAllBytesAsync(file);
        for (var at = 0; at < bytes.Length; at += 13)
        {
            bytes[at] ^= 8;
            await File.WriteAllBytesAsync(file, bytes);
            Assert.Contains(FolderAudit.Run(Data, [moved]).Violations,
                violation => violation.Where == $"{file}, offset 0" && violation.Invariant == 9);
            bytes[at] ^= 8;
        }
    }

    private static void Same(AuditReport one, AuditReport other)
    {
        Assert.Equal((one.Records, one.Leases, one.Begins), (other.Records, other.Leases, other.Begins));
        Assert.Equal(one.Heads, other.Heads);
        Assert.Equal(one.Violations, other.Violations);
    }

    private void Damaged(string name) => Assert.Contains(FolderAudit.Run(Data).Violations, violation =>
        violation.Where == $"{Path.Combine(Journal, name)}, offset 0"
        && violation.What.Contains("the segment is missing", StringComparison.Ordinal));

    /// <summary>
    /// Writes a ledger with snapshots after some entries and one more at the end, and compresses what they allow.
    /// </summary>
    /// <returns>The audit before anything was compressed.</returns>
    private async Task<AuditReport> Write(IReadOnlyList<LedgerRecord> entries, params int[] snapshotsAfter)
    {
        AuditReport plain;
        var (replay, options) = (new LedgerReplay(SampleLedgers.Flavor), Options with { CompressSegments = false });
        await using (var log = JournalLog.Open(options, new Replayed()))
        {
            foreach (var entry in entries)
            {
                log.Append(Flavor, entry.Sequence, entry.Bytes);
                replay.Read(entry.Bytes, "test");
                if (snapshotsAfter.Contains((int)entry.Sequence))
                    await Snapshot(log, replay.State);
            }
        }
        plain = FolderAudit.Run(Data);
        await using (var log = JournalLog.Open(Options, new Replayed()))
        {
            await Snapshot(log, replay.State);
            await Eventually.Holds(() => _folder.Count("data/journal", "*.log") == 2);
        }
        return plain;
    }

    private static async Task Snapshot(JournalLog log, FlavorState state)
    {
        using var snapshot = await log.BeginSnapshot();
        snapshot.Add(Flavor, state.Sequence, JsonSerializer.SerializeToUtf8Bytes(
            new FlavorActorSnapshot(state.Take(), []), FlavorJson.Default.FlavorActorSnapshot));
        await snapshot.Commit();
    }
}

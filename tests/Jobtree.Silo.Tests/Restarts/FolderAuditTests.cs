using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Journal;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>The audit of a silo's folder finds nothing in a clean one, and each change in another.</summary>
public sealed class FolderAuditTests
{
    private static readonly ActorKey Ledger = new(ActorKind.Flavor, Documents.Flavor);

    [Fact]
    public async Task A_clean_folder_is_clean_beside_its_live_silo_and_after_it()
    {
        await using var fleet = await Lived();
        var live = DiskFleet.Value(await fleet.Operations.Audit());
        var report = FolderAudit.Run(fleet.Data);
        Assert.Empty(report.Violations);
        Assert.Equal(live.Heads, report.Heads);
        Assert.Equal((live.Records, live.Leases), (report.Records, report.Leases));
        await fleet.Journals.Snapshot(default);
        await fleet.Restart();
        Assert.Equal(live.Heads, FolderAudit.Run(fleet.Data).Heads);
    }

    [Fact]
    public async Task A_forged_ledger_entry_with_right_checksums_breaks_the_chain_where_it_stands()
    {
        await using var fleet = await Lived();
        await fleet.Close();
        var head = FolderAudit.Run(fleet.Data).Heads[Documents.Flavor];
        var records = LogRecords.Of(fleet.Data);
        var entries = records.Where(record => record.Actor == Ledger).ToList();
        var random = new Random(11);
        for (var i = 0; i < entries.Count; i++)
        {
            using var folder = new TestFolder();
            var forged = Forge(entries[i], random);
            var written = await LogRecords.Write(
                folder.Of("data"), records.Select(record => record == entries[i] ? forged : record));
            var report = FolderAudit.Run(folder.Of("data"));
            if (i + 1 == entries.Count)
            {
                Assert.NotEqual(head, report.Heads[Documents.Flavor]);
                continue;
            }
            // Either the entry itself no longer follows, or the next one names another link than it has.
            var places = written.Where(record => record.Actor == Ledger).Skip(i).Take(2).Select(Place).ToList();
            Assert.Contains(
                report.Violations, violation => violation.Invariant == 9 && places.Contains(violation.Where));
        }
    }

    [Fact]
    public async Task A_changed_byte_is_found_by_its_checksum()
    {
        await using var fleet = await Lived();
        await fleet.Close();
        var records = LogRecords.Of(fleet.Data);
        var random = new Random(12);
        for (var i = 0; i + 20 < records.Count; i += 9)
        {
            var (at, end) = (records[i].At, records[i + 1].At.Offset);
            var original = await File.ReadAllBytesAsync(at.File);
            var bytes = (byte[])original.Clone();
            var place = random.NextInt64(at.Offset, Math.Min(end, at.Offset + 60));
            bytes[place] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(at.File, bytes);
            var violation = Assert.Single(FolderAudit.Run(fleet.Data).Violations, violation =>
                violation.What.Contains("journal is damaged", StringComparison.Ordinal));
            Assert.Equal(Place(records[i]), violation.Where);
            await File.WriteAllBytesAsync(at.File, original);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task A_run_must_come_back_as_it_was_when_it_was_forgotten(int attemptsMore, bool isFound)
    {
        await using var fleet = await Lived();
        await fleet.Close();
        var records = LogRecords.Of(fleet.Data);
        var runs = records.Where(record => record.Actor.Kind == ActorKind.Run).GroupBy(record => record.Actor).ToList();
        using var folder = new TestFolder();
        await LogRecords.Write(folder.Of("data"), records);
        await using (var log = JournalLog.Open(
            new JournalOptions { Folder = folder.Of("data/journal") }, new LogRecords()))
        {
            foreach (var run in runs)
            {
                var (key, last) = (RunKey.Parse(run.Key.Name), run.Max(record => record.Sequence));
                var state = run.Aggregate(
                    (RunRecord?)null, (before, record) => RunJournal.Apply(key, before, record.Payload))!;
                log.Forget(run.Key.ToString(), last);
                log.Restore(run.Key.ToString(), last, JsonSerializer.SerializeToUtf8Bytes(
                    state with { Attempt = state.Attempt + attemptsMore }, RunJson.Default.RunRecord));
            }
        }
        var found = FolderAudit.Run(folder.Of("data")).Violations.Where(
            violation => violation.What.Contains("was restored as", StringComparison.Ordinal));
        Assert.Equal(isFound ? runs.Count : 0, found.Count());
        Assert.Equal(isFound, FolderAudit.Run(folder.Of("data")).Violations.Count > 0);
    }

    [Theory]
    [InlineData(ActorKind.Run)]
    [InlineData(ActorKind.Flavor)]
    public async Task A_record_that_no_actor_can_take_in_is_named(ActorKind kind)
    {
        await using var fleet = await Lived();
        await fleet.Close();
        var records = LogRecords.Of(fleet.Data);
        var unreadable = records.First(record => record.Actor.Kind == kind);
        unreadable.Payload.AsSpan().Fill((byte)' ');
        using var folder = new TestFolder();
        var written = await LogRecords.Write(folder.Of("data"), records);
        var place = Place(written.First(record => record.Actor.Kind == kind));
        Assert.Contains(FolderAudit.Run(folder.Of("data")).Violations,
            violation => violation.Invariant == 9 && violation.Where == place);
    }

    private static LogRecord Forge(LogRecord entry, Random random)
    {
        var payload = (byte[])entry.Payload.Clone();
        payload[random.Next(payload.Length)] ^= (byte)(1 << random.Next(7));
        return entry with { Payload = payload };
    }

    private static string Place(LogRecord record) => $"{record.At.File}, offset {record.At.Offset}";

    private static async Task<DiskFleet> Lived()
    {
        var fleet = new DiskFleet();
        await fleet.Begin();
        await fleet.Live(runs: 30);
        await fleet.Everything();
        return fleet;
    }
}

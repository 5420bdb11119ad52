using Jobtree.Actors.Operations;
using Jobtree.Journal;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>A silo whose old segments were compressed and moved away goes on, and its audits find nothing.</summary>
public sealed class MovedSegmentsTests
{
    [Fact]
    public async Task Audits_find_nothing_wherever_a_snapshot_lets_them_begin()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        for (var round = 0; round < 6; round++)
        {
            // Facts are delivered in every second round only, so that snapshots are taken with and without some due.
            await fleet.Live(first: round * 20, runs: 20);
            if (round % 2 == 1)
                await fleet.Settle();
            await fleet.Journals.Snapshot(default);
            await Compressed(fleet, round < 1 ? 1 : round);
            var whole = FolderAudit.Run(fleet.Data);
            Assert.Empty(whole.Violations);
            Assert.Null(whole.Begins);

            using var copy = new TestFolder();
            var journal = Directory.CreateDirectory(copy.Of("data/journal")).FullName;
            var moved = Directory.CreateDirectory(copy.Of("moved")).FullName;
            foreach (var file in Directory.GetFiles(Journal(fleet)).Where(file => Path.GetFileName(file) != "lock"))
                File.Copy(file, Path.Combine(file.EndsWith(".gz", StringComparison.Ordinal) ? moved : journal,
                    Path.GetFileName(file)));
            var rest = FolderAudit.Run(copy.Of("data"));
            Assert.Empty(rest.Violations);
            Assert.Equal(whole.Heads, rest.Heads);
            Assert.NotNull(rest.Begins);
            Assert.InRange(rest.Records, 0, whole.Records - 1);
            var again = FolderAudit.Run(copy.Of("data"), [moved]);
            Assert.Empty(again.Violations);
            Assert.Equal((whole.Records, whole.Leases, null), (again.Records, again.Leases, again.Begins));
        }
    }

    [Fact]
    public async Task The_silo_starts_without_them_and_says_what_of_the_past_is_missing()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        var begin = fleet.Time.Now;
        await fleet.Live(runs: 30);
        await fleet.Settle();
        await fleet.Journals.Snapshot(default);
        var middle = fleet.Time.Now;
        await fleet.Live(first: 30, runs: 20);
        await fleet.Settle();
        await fleet.Journals.Snapshot(default);
        await Compressed(fleet, 1);
        var runs = (await fleet.Runs()).Count;
        var heads = FolderAudit.Run(fleet.Data).Heads;
        await fleet.Close();
        File.Delete(Path.Combine(Journal(fleet), "00000001.log.gz"));

        await fleet.Open();
        Assert.Equal(runs, (await fleet.Runs()).Count);
        await fleet.Live(first: 50, runs: 10);
        await fleet.Settle();
        var audit = FolderAudit.Run(fleet.Data);
        Assert.Empty(audit.Violations);
        Assert.Contains("Segment 1 is elsewhere", audit.Begins, StringComparison.Ordinal);
        Assert.Contains($"{Documents.Flavor} up to entry ", audit.Begins, StringComparison.Ordinal);
        Assert.NotEqual(heads, audit.Heads);
        Assert.Equal(DiskFleet.Value(await fleet.Operations.Audit()).Heads, audit.Heads);

        var page = DiskFleet.Value(await fleet.Operations.ReadLedger(Documents.Flavor, 0, 10));
        Assert.True(page.First > 1);
        Assert.Equal(page.First, page.Entries[0].Sequence);
        Assert.NotEmpty(DiskFleet.Value(await fleet.Operations.UsageBetween(
            new UsageQuery { From = begin, To = fleet.Time.Now })).Gaps);
        Assert.Empty(DiskFleet.Value(await fleet.Operations.UsageBetween(
            new UsageQuery { From = middle, To = fleet.Time.Now })).Gaps);
    }

    private static string Journal(DiskFleet fleet) => Path.Combine(fleet.Data, "journal");

    private static Task Compressed(DiskFleet fleet, int segments) => Eventually.Holds(
        () => Directory.GetFiles(Journal(fleet), "*.gz").Length == segments
            && !File.Exists(Path.Combine(Journal(fleet), $"{segments:D8}.log")));
}

using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Journal;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>A real silo tells its past from its log on disk, the same after a snapshot and a restart.</summary>
public sealed class LedgerReadingTests
{
    [Fact]
    public async Task The_past_reads_the_same_after_snapshots_and_restarts()
    {
        await using var fleet = new DiskFleet();
        await fleet.Begin();
        var begin = fleet.Time.Now;
        await fleet.Live(runs: 40);
        await fleet.Everything();
        var middle = fleet.Time.Now;
        var (ledger, usage, leases, events) = await Past(fleet, begin, middle);
        Assert.Equal(FolderAudit.Run(fleet.Data).Heads[Documents.Flavor], HashChain.ToHex(HashChain.Link(ledger[^1])));
        Assert.Contains(events, happened => happened.StartsWith("Cut", StringComparison.Ordinal));

        await fleet.Journals.Snapshot(default);
        await fleet.Live(first: 40, runs: 20);
        await fleet.Everything();
        var after = await Past(fleet, begin, middle);
        Assert.Equal(ledger, after.Ledger.Take(ledger.Count));
        Assert.Equal(usage, after.Usage);
        Assert.Equal(leases, after.Leases);
        await fleet.Journals.Snapshot(default);
        await fleet.Restart();
        var restarted = await Past(fleet, begin, middle);
        Assert.Equal(after.Ledger, restarted.Ledger);
        Assert.Equal(usage, restarted.Usage);
        Assert.Equal(leases, restarted.Leases);
        Assert.Equal(after.Events, restarted.Events);

        // Since the snapshot between them, both halves begin at different places of the log.
        var (first, second, whole) = (await Hours(fleet, begin, middle),
            await Hours(fleet, middle, fleet.Time.Now), await Hours(fleet, begin, fleet.Time.Now));
        Assert.Equal(whole.Owned, first.Owned + second.Owned, 1e-6);
        Assert.Equal(whole.Unfunded, first.Unfunded + second.Unfunded, 1e-6);
    }

    private static async Task<(IReadOnlyList<byte[]> Ledger, string Usage, string Leases, string[] Events)> Past(
        DiskFleet fleet, DateTimeOffset begin, DateTimeOffset middle)
    {
        var ledger = new List<byte[]>();
        while (DiskFleet.Value(await fleet.Operations.ReadLedger(Documents.Flavor, ledger.Count, 37))
            is { Entries.Count: > 0 } page)
            ledger.AddRange(page.Entries.Select(entry => entry.Bytes));
        var usage = DiskFleet.Value(await fleet.Operations.UsageBetween(
            new UsageQuery { From = begin, To = middle, By = UsageBy.Run }));
        Assert.Empty(usage.Gaps);
        var leases = DiskFleet.Value(await fleet.Operations.ListLeases(
            new LeaseQuery { At = middle, Limit = RunQuery.LimitMax }));
        Assert.NotEmpty(leases.Items);
        var events = new List<string>();
        foreach (var run in await fleet.Runs())
        {
            var history = DiskFleet.Value(await fleet.Operations.RunEvents(run.Key));
            Assert.Empty(history.Gaps);
            events.AddRange(history.Events.Select(happened => $"{happened.Kind} {run.Key} {happened.Text}"));
        }
        return (ledger, string.Join('\n', usage.Items), string.Join('\n',
            leases.Items.Select(lease => $"{lease.Lease.Id} {lease.Lease.Run} {lease.Class}")), [.. events]);
    }

    private static async Task<ClassSplit> Hours(DiskFleet fleet, DateTimeOffset from, DateTimeOffset to) =>
        DiskFleet.Value(await fleet.Operations.UsageBetween(new UsageQuery { From = from, To = to })).Total;
}

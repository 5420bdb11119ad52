using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>
/// A folder that the embedded host wrote in November 2026, with snapshots in the formats by hand that it had, opens as
/// it was. The host was killed while three of its twelve runs were running.
/// </summary>
public sealed class OldFolderTests
{
    [Fact]
    public async Task A_folder_of_the_embedded_host_opens_as_it_was()
    {
        await using var fleet = new DiskFleet();
        Copy(fleet.Data);
        await fleet.Open();
        Assert.True(fleet.Journals.Recovery.SnapshotActors > 0);
        Assert.Equal(9, (await fleet.Runs(RunPhase.Completed)).Count);
        Assert.Equal(3, (await fleet.Runs(RunPhase.Running)).Count);
        var usage = Assert.Single(DiskFleet.Value(await fleet.Operations.BudgetsUsage()));
        Assert.Equal(3, usage.Gpus.Owned);
        Assert.Empty(DiskFleet.Value(await fleet.Operations.Audit()).Violations);
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
    }

    [Fact]
    public async Task Its_ended_runs_move_to_the_history()
    {
        await using var fleet = new DiskFleet();
        Copy(fleet.Data);
        await fleet.Open();
        var before = await fleet.Everything();
        await fleet.MoveEnded();
        Assert.Equal(3, fleet.Journals.Actors.Count(actor => actor.Kind == ActorKind.Run));
        Assert.Equal(9, DiskFleet.Value(await fleet.Operations.ListHistory(new HistoryQuery())).Items.Count);
        await fleet.Restart();
        Assert.Equal(before, await fleet.Everything());
        Assert.Empty(FolderAudit.Run(fleet.Data).Violations);
    }

    private static void Copy(string data)
    {
        var journal = Directory.CreateDirectory(Path.Combine(data, "journal")).FullName;
        var kept = Path.Combine(AppContext.BaseDirectory, "Restarts", "EmbeddedHost-2026-11");
        foreach (var file in Directory.GetFiles(kept))
            File.Copy(file, Path.Combine(journal, Path.GetFileName(file)));
    }
}

using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Embedded.Hosting;

namespace Jobtree.Bench.Recovery;

/// <summary>Starts a host's fleet from its folder: from the journal's first record, and from a snapshot.</summary>
internal static class RecoveryBench
{
    public static async Task Run(BenchSettings settings)
    {
        var leases = settings.Quick ? 100_000 : 1_000_000;
        using var folder = settings.NewFolder();
        var options = new EmbeddedFleetOptions { Folder = folder.Path, SnapshotEvery = long.MaxValue };
        await Write(options, leases);
        var table = new Table(
            "Recovery: from opening the folder to a fleet that answers; every lease is the only one of a run of one GPU",
            "from", "leases", "records", "snapshot states", "on disk MB", "seconds", "bytes of memory per lease");
        await Reopen("journal alone", options, leases, table, snapshot: true);
        await Reopen("snapshot", options, leases, table, snapshot: false);
        table.Print();
    }

    // A method of its own, so that nothing of the fleet is held when the next one is measured.
    private static async Task Write(EmbeddedFleetOptions options, int leases)
    {
        var shape = new FleetShape(leases);
        await using var fleet = await EmbeddedFleet.Open(options);
        await BenchFleet.Apply(fleet.Operations, shape.Manifests());
        await LeaseFill.Run(fleet.Fleet, shape, leases);
    }

    private static async Task Reopen(string from, EmbeddedFleetOptions options, int leases, Table table, bool snapshot)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var began = Stopwatch.GetTimestamp();
        await using var fleet = await EmbeddedFleet.Open(options);
        var took = Stopwatch.GetElapsedTime(began);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        table.Add(
            from, Show(leases), Show(fleet.Recovery.Records), Show(fleet.Recovery.SnapshotActors), Show(DiskBytes(options.Folder) >> 20),
            took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture), Show(bytes / leases));
        if (snapshot)
            await fleet.Snapshot();
    }

    private static long DiskBytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static string Show(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

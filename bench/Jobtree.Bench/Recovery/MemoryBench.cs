using System.Globalization;
using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Recovery;

/// <summary>
/// What open leases hold in memory, with their runs, the fleet and the ledger's state; the journal is left out.
/// </summary>
internal static class MemoryBench
{
    public static async Task Run(BenchSettings settings)
    {
        var table = new Table(
            "Memory: managed bytes after a full collection, over the open leases, each of a run of one GPU", "leases",
            "MB", "of it fleet and budgets MB", "bytes per lease");
        foreach (var leases in settings.Quick ? [10_000, 100_000] : (int[])[10_000, 100_000, 1_000_000])
            await Measure(leases, table);
        table.Print();
    }

    private static async Task Measure(int leases, Table table)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var shape = new FleetShape(leases);
        await using var fleet = new LocalFleet(new LocalFleetOptions());
        await BenchFleet.Apply(new FleetOperations(fleet, TimeProvider.System), shape.Manifests());
        var empty = GC.GetTotalMemory(forceFullCollection: true) - before;
        await LeaseFill.Run(fleet, shape, leases);
        // What was decided is told in the background; until then the outbox holds it.
        await fleet.Settle();
        var full = GC.GetTotalMemory(forceFullCollection: true) - before;
        table.Add(Show(leases), Show(full >> 20), Show(empty >> 20), Show(full / leases));
    }

    private static string Show(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

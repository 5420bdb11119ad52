using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Grains;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Recovery;

/// <summary>Starts a silo from its folder: from the journal's first record, and from a snapshot.</summary>
internal static class RecoveryBench
{
    public static async Task Run(BenchSettings settings)
    {
        var leases = settings.Quick ? 100_000 : 1_000_000;
        using var folder = settings.NewFolder();
        await Write(folder.Path, leases);
        var table = new Table(
            "Recovery: from opening the folder to a flavor that answers; every lease is the only one of a run of " +
            "one GPU",
            "from", "leases", "records", "snapshot states", "on disk MB", "read s", "answers s", "cpu s", "in pauses s",
            "bytes of memory per lease");
        await Reopen("journal alone", folder.Path, leases, table);
        await Snapshot(folder.Path);
        await Reopen("snapshot", folder.Path, leases, table);
        table.Print();
    }

    private static async Task Write(string folder, int leases)
    {
        var shape = new FleetShape(leases);
        await using var fleet = await SiloFleet.OpenFolder(folder);
        await fleet.Register(shape);
        await LeaseFill.Run(fleet, shape, leases);
    }

    private static async Task Snapshot(string folder)
    {
        await using var fleet = await SiloFleet.OpenFolder(folder);
        // Until the flavor has read its journal it cannot give its state, and a call is not waited for so long.
        while (true)
        {
            try
            {
                await fleet.Fleets.First().Flavor(FleetShape.Flavor).View();
                break;
            }
            catch (TimeoutException)
            {
                // It goes on reading.
            }
        }
        await fleet.Journals.Snapshot();
    }

    /// <summary>
    /// Opens a folder in a process that has done nothing else, as a silo does when it starts, and prints the figures as
    /// one line.
    /// </summary>
    public static async Task Reopen(string folder)
    {
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var processor = Environment.CpuUsage.TotalTime;
        var pauses = GC.GetTotalPauseDuration();
        var began = Stopwatch.GetTimestamp();
        await using var fleet = await SiloFleet.OpenFolder(folder);
        var read = Stopwatch.GetElapsedTime(began);
        var view = await fleet.Fleets.First().Flavor(FleetShape.Flavor).View();
        var answers = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        pauses = GC.GetTotalPauseDuration() - pauses;
        memory = GC.GetTotalMemory(forceFullCollection: true) - memory;
        var recovery = fleet.Journals.Recovery!;
        double[] figures =
        [
            view.Used, recovery.Records, recovery.SnapshotActors, read.TotalSeconds, answers.TotalSeconds,
            processor.TotalSeconds, pauses.TotalSeconds, memory,
        ];
        await OwnProcess.Tell(figures);
    }

    private static async Task Reopen(string from, string folder, int leases, Table table)
    {
        var figures = await OwnProcess.Figures(BenchCommand.ReopenName, folder);
        if (figures is not [var used, var records, var states, var read, var answers, var processor, var pauses,
            var memory] || used != leases)
            throw new InvalidOperationException("The folder did not come back whole.");
        table.Add(from, Count(leases), Count(records), Count(states), Count(DiskBytes(folder) >> 20), Seconds(read),
            Seconds(answers), Seconds(processor), Seconds(pauses), Count(memory / leases));
    }

    private static long DiskBytes(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}

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
            "from", "leases", "records", "snapshot states", "on disk MB", "seconds", "cpu seconds", "in pauses",
                "bytes of memory per lease");
        await Reopen("journal alone", folder.Path, leases, table);
        await Snapshot(options);
        await Reopen("snapshot", folder.Path, leases, table);
        table.Print();
    }

    private static async Task Write(EmbeddedFleetOptions options, int leases)
    {
        var shape = new FleetShape(leases);
        await using var fleet = await EmbeddedFleet.Open(options);
        await BenchFleet.Apply(fleet.Operations, shape.Manifests());
        await LeaseFill.Run(fleet.Fleet, shape, leases);
    }

    /// <summary>
    /// Opens a folder in a process that has done nothing else, as a host does when it starts, and prints the figures as
    /// one line.
    /// </summary>
    public static async Task Reopen(string folder)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var processor = Environment.CpuUsage.TotalTime;
        var pausesBefore = GC.GetTotalPauseDuration();
        var began = Stopwatch.GetTimestamp();
        await using var fleet = await EmbeddedFleet.Open(
            new EmbeddedFleetOptions { Folder = folder, SnapshotEvery = long.MaxValue });
        var took = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        var pauses = GC.GetTotalPauseDuration() - pausesBefore;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{fleet.Recovery.Records} {fleet.Recovery.SnapshotActors} {took.TotalSeconds} {processor.TotalSeconds} {pauses.TotalSeconds} {bytes} {fleet.Fleet.RunCount}"));
    }

    private static async Task Reopen(string from, string folder, int leases, Table table)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "jobtree-bench.dll"), BenchCommand.ReopenName,
                folder },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(
            "The bench's child process did not start.");
        var line = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (line.Split(' ') is not [var records, var states, var seconds, var processor, var pauses, var bytes,
            var runs] || long.Parse(runs, CultureInfo.InvariantCulture) != leases)
            throw new InvalidOperationException($"The folder did not come back whole: {line}");
        table.Add(from, Show(leases), Show(Number(records)), Show(Number(states)), Show(DiskBytes(folder) >> 20),
            Seconds(seconds), Seconds(processor), Seconds(pauses), Show(Number(bytes) / leases));

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
        static string Seconds(string text) =>
            double.Parse(text, CultureInfo.InvariantCulture).ToString("0.00", CultureInfo.InvariantCulture);
    }

    private static async Task Snapshot(EmbeddedFleetOptions options)
    {
        await using var fleet = await EmbeddedFleet.Open(options);
        await fleet.Snapshot();
    }

    private static long DiskBytes(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static string Show(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Grains;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Recovery;

/// <summary>
/// Whether a silo holds what is open, and not what ever was: its memory and its start after few and after many runs.
/// </summary>
internal static class BoundedBench
{
    private const int Gpus = 10_000;
    private const int UnderWay = 256;
    private const long SnapshotEvery = 500_000;

    /// <summary>Enough for the last runs to reach the history and leave the journals.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(8);

    public static async Task Run(BenchSettings settings)
    {
        int[] counts = settings.Quick ? [20_000, 60_000] : [100_000, 2_000_000];
        var table = new Table(
            $"A silo of {Gpus.ToString("N0", CultureInfo.InvariantCulture)} GPUs, 70 % full, after so many runs have " +
            "ended, and the start of the next on its folder",
            "ended", "admissions/s", "live MB", "resident MB", "on disk MB", "start s", "answers s", "cpu s",
            "live MB then");
        foreach (var count in counts)
        {
            using var folder = settings.NewFolder();
            var filled = await OwnProcess.Figures(BenchCommand.FillName, folder.Path, Show(count));
            var onDisk = folder.Bytes;
            var opened = await OwnProcess.Figures(BenchCommand.ReopenName, folder.Path);
            table.Add(Number(count), Number(filled[0]), Megabytes(filled[1]), Megabytes(filled[2]), Megabytes(onDisk),
                Seconds(opened[3]), Seconds(opened[4]), Seconds(opened[5]), Megabytes(opened[7]));
        }
        table.Print();
    }

    /// <summary>Has so many runs come and go on a silo of this process, and prints what it holds after that.</summary>
    public static async Task Fill(string folder, int runs)
    {
        var shape = new FleetShape(Gpus);
        await using var fleet = await SiloFleet.OpenFolder(folder, SnapshotEvery);
        await fleet.Register(shape);
        var load = await GrainLoad.Begin(fleet, shape, UnderWay);
        var began = Stopwatch.GetTimestamp();
        var ended = 0L;
        while (ended < runs)
            ended += (await load.Run(TimeSpan.FromSeconds(2))).Count;
        var rate = ended / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(Settling);
        var resident = Environment.WorkingSet;
        // Holes between objects are no objects.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await OwnProcess.Tell(rate, GC.GetTotalMemory(forceFullCollection: true), resident);
    }

    private static string Show(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Megabytes(double bytes) => (bytes / (1 << 20)).ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}

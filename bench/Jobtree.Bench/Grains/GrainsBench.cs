using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Grains;

/// <summary>
/// Admissions by grain calls: one silo that keeps nothing, one on disk, one in Redis, and three silos in Redis.
/// </summary>
internal static class GrainsBench
{
    public const int GpusUsual = 10_000;
    private const int UnderWay = 256;

    private static readonly (string Name, int Silos, JournalPlace Place)[] Hosts =
    [
        ("one silo, nothing kept", 1, JournalPlace.None),
        ("one silo, disk", 1, JournalPlace.Disk),
        ("one silo, Redis", 1, JournalPlace.Redis),
        ("three silos, Redis", 3, JournalPlace.Redis),
    ];

    /// <summary>Measures the hosts, and prints what they came to.</summary>
    /// <param name="settings">How long and where.</param>
    /// <param name="gpus">The size of the fleet.</param>
    /// <param name="only">Measures only hosts whose name has this in it; empty: all.</param>
    public static async Task Run(BenchSettings settings, int gpus, string only)
    {
        var shape = new FleetShape(gpus);
        var most = new Table(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Admissions as fast as they go, {gpus:N0} GPUs 70 % full, {UnderWay} answers under way; as many " +
                $"runs complete as start"),
            "host", "admissions/s", "answer p50 ms", "p99 ms", "cpu us each", "Redis us each", "bytes each",
            "had to wait");
        var half = new Table(
            "At half of that rate, latency from when each was due",
            "host", "admissions/s", "answer p50 ms", "p99 ms", "cpu us each");
        foreach (var (name, silos, place) in Hosts.Where(host => host.Name.Contains(only, StringComparison.Ordinal)))
            await Measure(settings, shape, name, silos, place, most, half);
        most.Print();
        half.Print();
    }

    private static async Task Measure(BenchSettings settings, FleetShape shape, string name, int silos,
        JournalPlace place, Table most, Table half)
    {
        await using var fleet = await SiloFleet.Open(settings, shape, silos, place);
        var load = await GrainLoad.Begin(fleet, shape, UnderWay);
        await load.Run(settings.WarmUp * 2);
        var fast = await Repeat(load, settings, null);
        most.Add(
            name,
            Show(fast, one => one.PerSecond, "N0"),
            Show(fast, one => one.Latencies.At(0.5) / 1000, "0.0"),
            Show(fast, one => one.Latencies.At(0.99) / 1000, "0.0"),
            Show(fast, one => one.MicrosEach, "0.0"),
            place == JournalPlace.Redis ? Show(fast, one => one.RedisMicrosEach, "0.0") : "-",
            Show(fast, one => one.BytesEach, "N0"),
            Waited(fast));
        var calm = await Repeat(load, settings, new Spread([.. fast.Select(one => one.PerSecond)]).Median / 2);
        half.Add(
            name,
            Show(calm, one => one.PerSecond, "N0"),
            Show(calm, one => one.Latencies.At(0.5) / 1000, "0.0"),
            Show(calm, one => one.Latencies.At(0.99) / 1000, "0.0"),
            Show(calm, one => one.MicrosEach, "0.0"));
    }

    private static async Task<List<GrainMeasurement>> Repeat(GrainLoad load, BenchSettings settings, double? perSecond)
    {
        var measured = new List<GrainMeasurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
            measured.Add(await load.Run(settings.Duration, perSecond));
        return measured;
    }

    private static string Show(List<GrainMeasurement> measured, Func<GrainMeasurement, double> figure, string format) =>
        new Spread([.. measured.Select(figure)]).Show(format);

    private static string Waited(List<GrainMeasurement> measured)
    {
        var waited = measured.Sum(one => (double)one.Waited);
        return (waited / Math.Max(1, waited + measured.Sum(one => one.Count)))
            .ToString("0.0 %", CultureInfo.InvariantCulture);
    }
}

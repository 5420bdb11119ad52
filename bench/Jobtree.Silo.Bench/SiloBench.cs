using System.Globalization;
using Jobtree.Bench;
using Jobtree.Bench.Admissions;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Silo.Bench;

/// <summary>
/// Admissions through grains, on one silo and on three, with journals on disk and in Redis, beside the embedded host.
/// </summary>
internal static class SiloBench
{
    private const int UnderWay = 256;
    private const string EmbeddedHost = "embedded host, disk";

    private static readonly (string Name, int Silos, Place Place)[] Hosts =
    [
        ("one silo, nothing kept", 1, Place.None),
        ("one silo, disk", 1, Place.Disk),
        ("one silo, Redis", 1, Place.Redis),
        ("three silos, Redis", 3, Place.Redis),
    ];

    public static async Task Run(BenchSettings settings, int gpus, string only)
    {
        var shape = new FleetShape(gpus);
        var most = new Table(
            string.Create(CultureInfo.InvariantCulture,
                $"Admissions as fast as they go, {gpus:N0} GPUs 70 % full, {UnderWay} answers under way; as many runs complete as start"),
            "host", "admissions/s", "answer p50 ms", "p99 ms", "cpu us each", "Redis us each", "bytes each",
                "had to wait");
        var half = new Table("At half of that rate, latency from when each was due", "host", "admissions/s",
            "answer p50 ms", "p99 ms", "cpu us each");
        if (EmbeddedHost.Contains(only, StringComparison.Ordinal))
            await Embedded(settings, shape, most);
        foreach (var (name, silos, place) in Hosts.Where(host => host.Name.Contains(only, StringComparison.Ordinal)))
            await Silos(settings, shape, name, silos, place, most, half);
        most.Print();
        half.Print();
    }

    private static async Task Embedded(BenchSettings settings, FleetShape shape, Table table)
    {
        var measured = new List<Measurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
        {
            await using var fleet = await BenchFleet.Open(settings, shape, durable: true);
            measured.Add(await AdmissionLoad.Run(settings, fleet, shape, producers: 2, seed: repeat));
        }
        table.Add(
            EmbeddedHost, Show(measured, one => one.PerSecond, "N0"), Show(measured, one =>
                one.Latencies.At(0.5) / 1000, "0.0"), Show(measured, one => one.Latencies.At(0.99) / 1000, "0.0"),
            Show(measured, one => one.MicrosEach, "0.0"), "-", Show(measured, one => one.BytesEach, "N0"), Waited(
                measured.Sum(one => one.Waited), measured.Sum(one => one.Count)));
    }

    private static async Task Silos(
        BenchSettings settings, FleetShape shape, string name, int silos, Place place, Table most, Table half)
    {
        await using var fleet = await SiloFleet.Open(settings, shape, silos, place);
        var load = await GrainLoad.Begin(fleet, shape, UnderWay);
        await load.Run(settings.WarmUp * 2);
        var measured = new List<GrainMeasurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
            measured.Add(await load.Run(settings.Duration));
        most.Add(
            name, Show(measured, one => one.PerSecond, "N0"), Show(measured, one => one.Latencies.At(0.5) / 1000,
                "0.0"), Show(measured, one => one.Latencies.At(0.99) / 1000, "0.0"),
            Show(measured, one => one.MicrosEach, "0.0"), place == Place.Redis ? Show(
                measured, one => one.RedisMicrosEach, "0.0") : "-", Show(measured, one => one.BytesEach, "N0"),
            Waited(measured.Sum(one => one.Waited), measured.Sum(one => one.Count)));
        var rate = new Spread([.. measured.Select(one => one.PerSecond)]).Median / 2;
        var calm = new List<GrainMeasurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
            calm.Add(await load.Run(settings.Duration, rate));
        half.Add(
            name, Show(calm, one => one.PerSecond, "N0"), Show(calm, one => one.Latencies.At(0.5) / 1000, "0.0"), Show(
                calm, one => one.Latencies.At(0.99) / 1000, "0.0"), Show(calm, one => one.MicrosEach, "0.0"));
    }

    private static string Show<T>(List<T> measured, Func<T, double> figure, string format) =>
        new Spread([.. measured.Select(figure)]).Show(format);

    private static string Waited(long waited, long admitted) =>
        ((double)waited / Math.Max(1, waited + admitted)).ToString("0.0 %", CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Manifests;

namespace Jobtree.Bench.Http;

/// <summary>
/// Runs submitted to a silo over HTTP, its journals on disk. They end by the clock, so that the silo carries out as
/// many completions as admissions.
/// </summary>
internal static class HttpBench
{
    private static readonly TimeSpan RunDuration = TimeSpan.FromMilliseconds(300);
    private static readonly FleetShape Shape = new(100_000);

    public static async Task Run(BenchSettings settings)
    {
        var table = new Table(
            $"Admissions over HTTP on a silo, journals on disk, {Shape.Gpus:N0} GPUs, runs of " +
            $"{RunDuration.TotalMilliseconds:0} ms; client and silo share the machine",
            "runs per request", "connections", "admissions/s", "answer p50 ms", "p99 ms", "had to wait",
                "silo cpu us each", "client cpu us each");
        foreach (var (batch, connections) in ((int, int)[])[(1, 64), (1, 256), (100, 8)])
        {
            var measured = new List<HttpMeasurement>();
            for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
                measured.Add(await Measure(settings, batch, connections));
            table.Add(
                Show(batch), Show(connections), new Spread([.. measured.Select(one => one.PerSecond)]).Show("N0"),
                new Spread([.. measured.Select(one => one.Latencies.At(0.5) / 1000)]).Show("0.0"),
                new Spread([.. measured.Select(one => one.Latencies.At(0.99) / 1000)]).Show("0.0"),
                measured.Sum(one => one.Waiting).ToString("N0", CultureInfo.InvariantCulture),
                new Spread([.. measured.Select(one => one.HostMicros)]).Show("0"), new Spread(
                    [.. measured.Select(one => one.ClientMicros)]).Show("0"));
        }
        table.Print();
    }

    private static async Task<HttpMeasurement> Measure(BenchSettings settings, int batch, int connections)
    {
        await using var host = await HostProcess.Start(settings);
        using var fleet = new HostFleet(host.Address);
        await fleet.Apply(Shape.Manifests());
        var clients = new Submitter[connections];
        for (var i = 0; i < connections; i++)
            clients[i] = new Submitter(await LeanConnection.Open(host.Address, batch == 1 ? "/v1/runs"
                : "/v1/manifests"), new RunMix($"c{i}", i, Shape, RunDuration), batch);
        try
        {
            await For(clients, settings.WarmUp);
            var before = await Bound(fleet);
            host.MarkProcessor();
            var own = Environment.CpuUsage.TotalTime;
            var took = await For(clients, settings.Duration);
            var (hostTime, ownTime) = (host.ProcessorSinceMark(), Environment.CpuUsage.TotalTime - own);
            var (bound, waiting) = await Bound(fleet);
            var latencies = new Latencies();
            foreach (var client in clients)
                latencies.AddAll(client.Latencies);
            var admitted = bound - before.Bound;
            return new HttpMeasurement(admitted / took.TotalSeconds, waiting, latencies,
                hostTime.TotalMicroseconds / admitted, ownTime.TotalMicroseconds / admitted);
        }
        finally
        {
            foreach (var client in clients)
                client.Dispose();
        }
    }

    private static async Task<TimeSpan> For(Submitter[] clients, TimeSpan duration)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select(client => Task.Run(() => client.Run(duration))));
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>
    /// How many runs the flavor has started so far, and how many wait: what counts is what was admitted, not what was
    /// sent.
    /// </summary>
    private static async Task<(long Bound, long Waiting)> Bound(HostFleet fleet)
    {
        var flavor = await fleet.Flavor();
        return (flavor.GetProperty("decisions").GetProperty("bound").GetInt64(), flavor.GetProperty("waiting")
            .GetInt64());
    }

    private static string Show(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Http;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Soak;

/// <summary>
/// A silo under a steady load for long, killed with SIGKILL every minute and started again on its folder. It shows what
/// memory it takes over time, and at the end whether every acknowledged run is in the history, once.
/// </summary>
internal static class SoakBench
{
    private const int Clients = 8;
    private const int RunsPerRequest = 50;
    private static readonly TimeSpan KillEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RunDuration = TimeSpan.FromMilliseconds(300);
    private static readonly FleetShape Shape = new(100_000);

    /// <summary>How long the last runs have to end and to reach the history.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    public static async Task Run(BenchSettings settings, int minutes, int perSecond)
    {
        using var folder = settings.NewFolder();
        var host = await HostProcess.Start(folder.Path);
        var address = new Current(host.Address);
        try
        {
            using (var fleet = new HostFleet(host.Address))
                await fleet.Apply(Shape.Manifests());
            var table = new Table(
                $"A silo under {Show(perSecond)} submissions a second, killed every minute; runs of " +
                $"{RunDuration.TotalMilliseconds:0} ms",
                "minute", "acknowledged", "resident MB before the kill", "down s", "on disk MB");
            using var ending = new CancellationTokenSource();
            var pause = TimeSpan.FromSeconds((double)Clients * RunsPerRequest / perSecond);
            var clients = Enumerable.Range(0, Clients).Select(number => new SteadyClient(
                address, new RunMix($"s{number}", number, Shape, RunDuration), RunsPerRequest)).ToArray();
            var load = Task.WhenAll(clients.Select(client => Task.Run(() => client.Run(pause, ending.Token))));
            for (var minute = 1; minute <= minutes; minute++)
            {
                await Task.WhenAny(load, Task.Delay(KillEvery));
                if (load.IsFaulted)
                    await load;
                var resident = host.MemoryBytes;
                var began = Stopwatch.GetTimestamp();
                await host.DisposeAsync();
                host = await HostProcess.Start(folder.Path);
                address.Move(host.Address);
                table.Add(Show(minute), Show(clients.Sum(client => client.Acknowledged)), Show(resident >> 20),
                    Stopwatch.GetElapsedTime(began).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
                    Show(folder.Bytes >> 20));
            }
            await ending.CancelAsync();
            await load;
            table.Print();
            await Task.Delay(Settling);
            await Check(host.Address, clients);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    private static async Task Check(Uri address, SteadyClient[] clients)
    {
        var acknowledged = clients.Sum(client => client.Acknowledged);
        using var fleet = new HostFleet(address);
        var names = new HashSet<string>();
        var twice = 0L;
        await foreach (var run in fleet.Ended())
        {
            var metadata = run.GetProperty("metadata");
            if (!names.Add($"{metadata.GetProperty("namespace")}/{metadata.GetProperty("name")}"))
                twice++;
        }
        await Console.Out.WriteLineAsync(
            $"history  {Show(names.Count)} of {Show(acknowledged)} acknowledged runs, {Show(twice)} twice");
    }

    private static string Show(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

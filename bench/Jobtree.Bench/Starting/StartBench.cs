using System.Diagnostics;
using System.Globalization;
using Jobtree.Bench.Http;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Starting;

/// <summary>How long an empty silo takes until it is ready, and how much memory a demo fleet takes.</summary>
internal static class StartBench
{
    private const string MethodsCompiled = "dotnet_jit_compiled_methods_total";
    private static readonly TimeSpan ReadyMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenAsks = TimeSpan.FromMilliseconds(5);

    /// <summary>Measures it three times.</summary>
    /// <param name="settings">What holds for every bench.</param>
    /// <param name="silo">The folder of the silo's program.</param>
    public static async Task Run(BenchSettings settings, string silo)
    {
        var settling = TimeSpan.FromSeconds(settings.Quick ? 5 : 30);
        List<double> seconds = [], methods = [], empty = [], demo = [];
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
        {
            var began = Stopwatch.GetTimestamp();
            await using (var host = await HostProcess.Start(settings, silo, HostProcess.Simulated))
            {
                await Ready(host.Address);
                seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                methods.Add(await Figure(host.Address, MethodsCompiled));
                empty.Add(Megabytes(host.MemoryBytes));
            }
            await using var fleet = await HostProcess.Start(settings, silo, "up", "--port", "0");
            await Ready(fleet.Address);
            await Task.Delay(settling);
            demo.Add(Megabytes(fleet.MemoryBytes));
        }
        var table = new Table(
            $"From the start of the process to ready, and the demo fleet {settling.TotalSeconds} s later", "silo",
            "ready s", "methods compiled then", "resident MB then", "demo resident MB");
        table.Add(silo, new Spread(seconds).Show("0.00"), new Spread(methods).Show("N0"), new Spread(empty).Show("N0"),
            new Spread(demo).Show("N0"));
        table.Print();
    }

    private static double Megabytes(long bytes) => bytes / (double)(1 << 20);

    private static async Task Ready(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var patience = new CancellationTokenSource(ReadyMax);
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), patience.Token);
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(BetweenAsks, patience.Token);
        }
    }

    private static async Task<double> Figure(Uri address, string name)
    {
        using var client = new HttpClient { BaseAddress = address };
        var page = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = page.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Jobtree.Bench.Http;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Kueue;

/// <summary>Kueue's two performance tests in real time, over HTTP, on the durable host with simulated runs.</summary>
internal static class KueueBench
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan DoneMax = TimeSpan.FromMinutes(20);
    private const int RunsPerRequest = 500;

    public static async Task Run(BenchSettings settings, string? only)
    {
        foreach (var test in (KueueTest[])[KueueTest.Baseline, KueueTest.Large])
        {
            if (only is null || only == test.Name)
                await Run(settings, test);
        }
    }

    private static async Task Run(BenchSettings settings, KueueTest test)
    {
        await using var host = await HostProcess.Start(settings);
        using var fleet = new HostFleet(host.Address);
        await fleet.Apply(KueueFleet.Manifests(test));
        var workloads = KueueFleet.Workloads(test);
        host.MarkProcessor();
        var began = Stopwatch.GetTimestamp();
        var (requests, behind) = await Submit(host, workloads, began);
        await Done(fleet, test);
        await Report(
            test, fleet,
            $"{requests:N0} requests, the last {behind.TotalSeconds:0.00} s behind its time; the host took {host.ProcessorSinceMark().TotalSeconds:0.0} s of processor and {host.MemoryBytes >> 20:N0} MB");
    }

    /// <summary>Sends what is due at each tick in one request, or several when it is much. A host that is slow to answer makes the next tick's request larger.</summary>
    private static async Task<(int Requests, TimeSpan Behind)> Submit(HostProcess host, IReadOnlyList<(TimeSpan At, Core.Manifests.RunManifest Run)> workloads, long began)
    {
        using var connection = await LeanConnection.Open(host.Address, "/v1/manifests");
        using var ticks = new PeriodicTimer(Tick);
        var (sent, requests, behind) = (0, 0, TimeSpan.Zero);
        while (sent < workloads.Count)
        {
            var now = Stopwatch.GetElapsedTime(began);
            var due = sent;
            while (due < workloads.Count && workloads[due].At <= now && due - sent < RunsPerRequest)
                due++;
            if (due == sent)
            {
                await ticks.WaitForNextTickAsync();
                continue;
            }
            await connection.Post(RunBodies.Of([.. workloads.Skip(sent).Take(due - sent).Select(workload => workload.Run)]));
            sent = due;
            requests++;
            behind = Stopwatch.GetElapsedTime(began) - workloads[sent - 1].At;
        }
        return (requests, behind);
    }

    private static async Task Done(HostFleet fleet, KueueTest test)
    {
        using var patience = new CancellationTokenSource(DoneMax);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (await ticks.WaitForNextTickAsync(patience.Token))
        {
            var flavor = await fleet.Flavor();
            if (flavor.GetProperty("decisions").GetProperty("ended").GetInt64() >= test.Workloads && flavor.GetProperty("waiting").GetInt32() == 0 && flavor.GetProperty("used").GetInt32() == 0)
                return;
        }
    }

    private static async Task Report(KueueTest test, HostFleet fleet, string notes)
    {
        var (first, last) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue);
        var (runs, again) = (0, 0);
        var waits = test.Classes.ToDictionary(each => each.Name, _ => new List<double>());
        await foreach (var run in fleet.Runs())
        {
            var status = run.GetProperty("status");
            var (submitted, started, finished) = (At(status, "submittedAt"), At(status, "startedAt"), At(status, "finishedAt"));
            first = submitted < first ? submitted : first;
            last = finished > last ? finished : last;
            runs++;
            again += status.TryGetProperty("attempt", out var attempt) && attempt.GetInt32() > 1 ? 1 : 0;
            var name = run.GetProperty("metadata").GetProperty("name").GetString()!;
            waits[name[..name.IndexOf('-', StringComparison.Ordinal)]].Add((started - submitted).TotalSeconds);
        }
        var wall = last - first;
        var table = new Table(
            $"Kueue's test '{test.Name}' in real time: {runs:N0} runs of {test.Queues} queues on {test.Gpus:N0} GPUs, durable host over HTTP",
            "", "Jobtree s", "Kueue's published s", "least possible s", "times least");
        table.Add("wall time", Show(wall.TotalSeconds), Show(test.PublishedSeconds), Show(test.LeastWall.TotalSeconds), Show(wall / test.LeastWall));
        foreach (var each in test.Classes.Reverse())
            table.Add($"mean time to admission, {each.Name} ({each.Gpus} GPUs)", Show(waits[each.Name].Average()), Show(each.PublishedSeconds), "", "");
        table.Print();
        Console.WriteLine($"Runs due at one tick of {Tick.TotalMilliseconds:0} ms were sent in one request: {notes}.");
        Console.WriteLine($"{again:N0} runs were cut and started again; of these the last start counts. Kueue's figures are of 6 CPUs.");
    }

    private static DateTimeOffset At(JsonElement status, string name) => status.GetProperty(name).GetDateTimeOffset();

    private static string Show(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}

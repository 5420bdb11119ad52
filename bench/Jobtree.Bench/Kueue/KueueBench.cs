using System.Globalization;
using System.Text.Json;
using Jobtree.Bench.Http;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Kueue;

/// <summary>
/// Kueue's two performance tests in real time, over HTTP, on a silo with its journals on disk and simulated runs.
/// </summary>
internal static class KueueBench
{
    private static readonly TimeSpan DoneMax = TimeSpan.FromMinutes(20);

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
        var feeder = new KueueFeeder(workloads);
        var began = DateTimeOffset.UtcNow;
        await feeder.Run(host.Address);
        await Done(fleet, test);
        var due = workloads.ToDictionary(workload => workload.Run.Key.ToString(), workload => began + workload.At);
        await Report(
            test, fleet, due,
            $"{feeder.Requests:N0} requests over {KueueFeeder.Connections} connections, at most " +
            $"{feeder.BehindMax.TotalSeconds:0.00} s late, {feeder.Unanswered} not answered in time and sent again; " +
            $"the silo took {host.ProcessorSinceMark().TotalSeconds:0.0} s of processor and " +
            $"{host.MemoryBytes >> 20:N0} MB");
    }

    private static async Task Done(HostFleet fleet, KueueTest test)
    {
        using var patience = new CancellationTokenSource(DoneMax);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (await ticks.WaitForNextTickAsync(patience.Token))
        {
            var flavor = await fleet.Flavor();
            if (flavor.GetProperty("decisions").GetProperty("ended").GetInt64() >= test.Workloads
                && flavor.GetProperty("waiting").GetInt32() == 0 && flavor.GetProperty("used").GetInt32() == 0)
                return;
        }
    }

    private static async Task Report(
        KueueTest test, HostFleet fleet, Dictionary<string, DateTimeOffset> due, string notes)
    {
        var (first, last) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue);
        var (runs, again) = (0, 0);
        var waits = test.Classes.ToDictionary(
            each => each.Name, _ => (FromSubmission: new List<double>(), FromDue: new List<double>()));
        await foreach (var run in fleet.Runs())
        {
            var status = run.GetProperty("status");
            var (submitted, started, finished) = (At(status, "submittedAt"), At(status, "startedAt"),
                At(status, "finishedAt"));
            first = submitted < first ? submitted : first;
            last = finished > last ? finished : last;
            runs++;
            again += status.TryGetProperty("attempt", out var attempt) && attempt.GetInt32() > 1 ? 1 : 0;
            var metadata = run.GetProperty("metadata");
            var name = metadata.GetProperty("name").GetString()!;
            var (fromSubmission, fromDue) = waits[name[..name.IndexOf('-', StringComparison.Ordinal)]];
            fromSubmission.Add((started - submitted).TotalSeconds);
            fromDue.Add((started - due[$"{metadata.GetProperty("namespace").GetString()}/{name}"]).TotalSeconds);
        }
        var wall = last - first;
        var table = new Table(
            $"Kueue's test '{test.Name}' in real time: {runs:N0} runs of {test.Queues} queues on {test.Gpus:N0} " +
            $"GPUs, a silo over HTTP",
            "", "Jobtree s", "Kueue's published s", "least possible s", "times least");
        table.Add("wall time", Show(wall.TotalSeconds), Show(test.PublishedSeconds), Show(test.LeastWall.TotalSeconds),
            Show(wall / test.LeastWall));
        foreach (var each in test.Classes.Reverse())
        {
            var (fromSubmission, fromDue) = waits[each.Name];
            table.Add($"mean time to admission, {each.Name} ({each.Gpus} GPUs)", Show(fromSubmission.Average()),
                Show(each.PublishedSeconds), "", "");
            table.Add("  the same, counted from when it was due to be created", Show(fromDue.Average()), "", "", "");
        }
        table.Print();
        Console.WriteLine(
            $"Runs due at one tick of {KueueFeeder.Tick.TotalMilliseconds:0} ms were sent in one request: {notes}.");
        Console.WriteLine(
            $"{again:N0} runs were cut and started again; of these the last start counts. Kueue's figures are of 6 " +
            $"CPUs.");
    }

    private static DateTimeOffset At(JsonElement status, string name) => status.GetProperty(name).GetDateTimeOffset();

    private static string Show(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Jobtree.Silo.Logging;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>What dashboards and alerts rely on, checked on a silo as it is served.</summary>
public sealed class MetricsContractTests : IDisposable
{
    private const int SeriesMax = 2_000;
    private const int Submissions = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Nothing goes wrong, nobody reports, and the silo has its own disk and no executor.</summary>
    private static readonly MetricDefinition[] Expected = [.. Catalogue.All.Where(
        metric => metric.Presence is MetricPresence.Always or MetricPresence.Disk)];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_a_thousand_submissions_every_series_is_there_by_its_documented_name_and_the_log_is_quiet()
    {
        var (silo, address) = await HostProcess.ServeSilo(["--data", folder.Of("data"), "--empty"]);
        using (silo)
        {
            using var client = new FleetClient(address);
            var (linesAtStart, began) = (Lines(silo), Stopwatch.GetTimestamp());
            // A watch that has begun waits for the changes of runs, in grains too.
            using var watcher = new HttpClient { BaseAddress = address };
            await using (await watcher.GetStreamAsync("/v1/runs?watch=true"))
                await Work(client);
            var page = await WhenComplete(client);
            Assert.All(page.Of(Catalogue.LedgerViolations.Name), sample => Assert.Equal(0, sample.Value));
            Assert.All(Expected, metric => CheckSeries(metric, page));
            Assert.Empty(page.Types.Keys.Where(name => name.StartsWith("jobtree_", StringComparison.Ordinal))
                .Except(Catalogue.All.Select(metric => metric.Name)));
            CheckOthers(page);
            Assert.DoesNotContain(page.Samples, sample => sample.Labels.Values.Any(
                value => value.Contains("run-1", StringComparison.Ordinal)));
            // Decisions up to a rate, their sum once a second, and the changes of the fleet.
            var seconds = (int)Stopwatch.GetElapsedTime(began).TotalSeconds + 2;
            Assert.InRange(Lines(silo) - linesAtStart, 1, seconds * (RunLog.DecisionsPerSecond + 1) + 8);
            Assert.Equal(0, await silo.Stop());
        }
    }

    [Fact]
    public async Task The_series_of_budgets_are_bounded_and_have_the_sum_of_all()
    {
        var (silo, address) = await HostProcess.ServeSilo(["--data", folder.Of("data"), "--empty"]);
        using (silo)
        {
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Envelopes(budgets: 30, each: 100), "b"));
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("funded"), "funded"));
            var page = Exposition.Read(await client.Text("/metrics"));
            var gpus = page.Of(Catalogue.BudgetGpus.Name).ToList();
            Assert.Equal(SeriesMax, gpus.Count);
            Assert.Equal(4, gpus.Sum(sample => sample.Value));
            Assert.Equal(5, gpus.Count(sample => sample.Labels["envelope"] == "other"));
            Assert.Equal(SeriesMax / 5 * 4, page.Of(Catalogue.BudgetGpuSeconds.Name).Count());
        }
    }

    // Runs that start, wait, end and are cancelled, and an audit: whatever a catalogued series tells of.
    private static async Task Work(FleetClient client)
    {
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        await Parallel.ForEachAsync(Enumerable.Range(0, Submissions),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => Assert.Equal(HttpStatusCode.OK,
                await client.Post("/v1/runs", Fleets.Run($"run-{i}"), $"run-{i}")));
        var running = (await client.Get("/v1/runs?phase=Running&limit=1")).GetProperty("items")[0]
            .GetProperty("metadata").GetProperty("name").GetString();
        Assert.Equal(HttpStatusCode.OK,
            await client.Post($"/v1/runs/default/{running}/complete", """{"succeeded":true}""", "end"));
        Assert.Equal(HttpStatusCode.OK,
            await client.Post($"/v1/runs/default/run-{Submissions - 1}/cancel", "", "cancel"));
        await client.Heads();
    }

    /// <summary>The page when each loop has gone through once, such as the continuous check.</summary>
    private static async Task<Exposition> WhenComplete(FleetClient client)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(Look))
        {
            var page = Exposition.Read(await client.Text("/metrics"));
            var missing = Expected.Where(metric => !page.Types.ContainsKey(metric.Name)).ToList();
            if (missing.Count == 0)
                return page;
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience,
                $"Still missing: {string.Join(", ", missing.Select(metric => metric.Name))}");
        }
    }

    private static void CheckSeries(MetricDefinition metric, Exposition page)
    {
        Assert.Equal(metric.Type.ToString(), page.Types[metric.Name], ignoreCase: true);
        var samples = page.Of(metric.Name).ToList();
        Assert.All(samples, sample => Assert.Equal(
            metric.Labels.Order(), sample.Labels.Keys.Where(label => label != "le").Order()));
        Assert.InRange(samples.Count(sample => sample.Labels.GetValueOrDefault("le", "+Inf") == "+Inf"), 1,
            SeriesMax);
        if (metric.Type == MetricType.Histogram)
            Assert.Equal([.. metric.Buckets, double.PositiveInfinity], samples
                .Where(sample => sample.Labels.ContainsKey("le")).Select(sample => Bound(sample.Labels["le"]))
                .Distinct().Order());
    }

    private static void CheckOthers(Exposition page)
    {
        Assert.Equal("gauge", page.Types["orleans_grains"]);
        var grains = page.Of("orleans_grains").ToDictionary(
            sample => sample.Labels["grain_type"], sample => sample.Value);
        Assert.InRange(grains["run"], 2, Submissions);
        Assert.Equal("gauge", page.Types["orleans_catalog_activations"]);
        Assert.Contains("dotnet_gc_collections_total", page.Types.Keys);
        var submits = page.Of(Catalogue.GrainCallDuration.Name).Single(sample => sample is
            { Name: "jobtree_grain_call_duration_seconds_count" } && sample.Labels["method"] == "Submit");
        Assert.Equal("run", submits.Labels["grain"]);
        Assert.Equal("ok", submits.Labels["outcome"]);
        Assert.Equal(Submissions, submits.Value);
        Assert.DoesNotContain(page.Of(Catalogue.GrainCallDuration.Name), sample =>
            sample.Labels["method"].Contains("Enumeration", StringComparison.Ordinal)
            || sample.Labels["method"].Contains("MoveNext", StringComparison.Ordinal));
        Assert.Equal([], ForeignNames().Where(name => !page.Types.ContainsKey(name)));
    }

    // The series of Orleans and .NET that dashboards and rules may name, but not those of larger clusters.
    private static IEnumerable<string> ForeignNames()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jobtree.Orleans.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No Jobtree.Orleans.sln above the test.");
        return File.ReadLines(Path.Combine(folder.FullName, "src/Jobtree.Monitoring/ForeignSeries.txt"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
            .Where(words => words.Length == 2).Select(words => words[0]);
    }

    private static double Bound(string text) =>
        text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    private static int Lines(HostProcess silo) => silo.Said.Split('\n').Length;

    private static string Envelopes(int budgets, int each)
    {
        var envelopes = Enumerable.Range(0, each).Select(envelope => new
        {
            name = $"e{envelope}", flavor = "H100", concurrency = 8,
            start = "2020-01-01T00:00:00Z", end = "2100-01-01T00:00:00Z",
        }).ToArray();
        var more = Enumerable.Range(0, budgets).Select(budget => new
        {
            apiVersion = "jobtree.dev/v1",
            kind = "Budget",
            metadata = new { name = $"more-{budget}" },
            spec = new { owner = $"org:b{budget}", envelopes },
        });
        return $"{Fleets.Small.Trim().TrimEnd(']')},{JsonSerializer.Serialize(more).TrimStart('[')}";
    }
}

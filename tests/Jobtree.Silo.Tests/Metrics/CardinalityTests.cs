using System.Globalization;
using System.Net;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>The number of series follows from the fleet, not from what has run on it.</summary>
public sealed class CardinalityTests : IDisposable
{
    private const int RunsAtFirst = 200;
    private const int Runs = 10_000;
    private const int Batch = 400;

    /// <summary>
    /// What a silo may show later than after its first runs: methods that are called seldom, generations of the
    /// collector, reasons to wait.
    /// </summary>
    private const int LateSeriesMax = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Ten_thousand_runs_add_no_series()
    {
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--executor", "simulated", "--simulated-duration", "0.05"]);
        using (silo)
        {
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleet(), "fleet"));
            await Play(client, 0, RunsAtFirst);
            var before = await Scrape(client, ended: RunsAtFirst);
            await Play(client, RunsAtFirst, Runs);
            var after = await Scrape(client, ended: Runs);
            var late = Series(after).Except(Series(before)).ToList();
            Assert.True(late.Count <= LateSeriesMax, $"{late.Count} series are new: {string.Join(", ", late)}");
            Assert.DoesNotContain(after.Samples.SelectMany(sample => sample.Labels.Values),
                value => value.Contains("cardinal", StringComparison.Ordinal));
            Assert.Equal(Runs, Sum(after, "jobtree_run_wait_seconds_count"));
            // Runs that had waited were admitted twice: to the queue, and from it.
            Assert.True(Sum(after, "jobtree_runs_admission_latency_seconds_count") >= Runs);
            Assert.Equal(0, await silo.Stop());
        }
    }

    private static async Task Play(FleetClient client, int first, int end)
    {
        var batches = Enumerable.Range(first, end - first).Chunk(Batch);
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (runs, _) =>
        {
            var documents = runs.Select(run => Fleets.Run($"cardinal-{run}", gpus: 1));
            Assert.Equal(HttpStatusCode.OK,
                await client.Post("/v1/manifests", $"[{string.Join(',', documents)}]", $"from-{runs[0]}"));
        });
    }

    /// <summary>The page when so many runs have ended and the continuous check has looked once.</summary>
    private static async Task<Exposition> Scrape(FleetClient client, int ended)
    {
        Exposition? page = null;
        await Eventually.Holds(async () =>
        {
            page = Exposition.Read(await client.Text("/metrics"));
            return Sum(page, Catalogue.RunsFinished.Name) == ended
                && page.Types.ContainsKey(Catalogue.RunsLost.Name);
        }, Patience, string.Create(CultureInfo.InvariantCulture, $"{ended} runs have ended"));
        return page!;
    }

    private static double Sum(Exposition page, string name) =>
        page.Samples.Where(sample => sample.Name == name).Sum(sample => sample.Value);

    /// <summary>The series of a page, each with its labels; a histogram's buckets are one.</summary>
    private static HashSet<string> Series(Exposition page) => [.. page.Samples
        .Where(sample => !sample.Labels.ContainsKey("le"))
        .Select(sample => $"{sample.Name} {string.Join(' ', sample.Labels.OrderBy(label => label.Key).Select(
            label => $"{label.Key}={label.Value}"))}")];

    private static string Fleet()
    {
        var nodes = Enumerable.Range(0, 32).Select(node => $$$"""
            {"apiVersion":"jobtree.dev/v1","kind":"Node","metadata":{"name":"m{{{node}}}","labels":{"region":"lab"}},
             "spec":{"flavor":"H100","gpus":64}}
            """);
        return $"{Fleets.Small.Trim().TrimEnd(']')},{string.Join(',', nodes)}]";
    }
}

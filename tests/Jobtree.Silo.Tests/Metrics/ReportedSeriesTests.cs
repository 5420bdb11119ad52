using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Api.Access;
using Jobtree.Core.Model;
using Jobtree.Grains.Reporting;
using Jobtree.Silo.Metrics;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>The series that workloads and agents report, which come and go with runs and nodes.</summary>
public sealed class ReportedSeriesTests : IDisposable
{
    private const string OpenMetrics = "application/openmetrics-text";

    private readonly TestFolder folder = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_silo_shows_the_series_of_the_newest_runs_and_none_of_those_that_ended()
    {
        const int Max = 20;
        const int Waves = 4;
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--run-series-max", "20"]);
        using (silo)
        {
            using var client = new FleetClient(address);
            await Accepted(client, "/v1/manifests", Fleets.Small);
            for (var wave = 0; wave < Waves; wave++)
            {
                var names = Enumerable.Range(0, Max + 2).Select(i => $"run-{wave}-{i}").ToList();
                foreach (var name in names)
                {
                    await Accepted(client, "/v1/runs", Fleets.Run(name, gpus: 1));
                    await Accepted(client, $"/v1/runs/default/{name}/telemetry",
                        """{"epoch":2,"loss":0.5,"progress":0.25,"gpuUtilization":0.75,"gpuMemoryBytes":8e9}""");
                }

                var page = Exposition.Read(await client.Text("/metrics"));
                var shown = names.Take(Max).Order().ToList();
                foreach (var (metric, value) in new[] { (Catalogue.RunEpoch, 2), (Catalogue.RunLoss, 0.5),
                    (Catalogue.RunProgress, 0.25), (Catalogue.RunGpuUtilization, 0.75),
                    (Catalogue.RunGpuMemory, 8e9) })
                {
                    Assert.Equal(shown, page.Of(metric.Name).Select(sample => sample.Labels["run"]).Order());
                    Assert.All(page.Of(metric.Name), sample => Assert.Equal(value, sample.Value));
                    Assert.All(page.Of(metric.Name), sample => Assert.Equal("default", sample.Labels["namespace"]));
                }

                // Counted once for each of the two attempts beyond the bound, however often they report.
                await Accepted(client, $"/v1/runs/default/{names[^1]}/telemetry", """{"epoch":3}""");
                page = Exposition.Read(await client.Text("/metrics"));
                Assert.Equal(2 * (wave + 1), page.Of(Catalogue.TelemetryDropped.Name).Single().Value);

                foreach (var name in names)
                    await Accepted(client, $"/v1/runs/default/{name}/complete", """{"succeeded":true}""");
            }

            Assert.DoesNotContain("jobtree_run_epoch", await client.Text("/metrics"), StringComparison.Ordinal);
            await Accepted(client, "/v1/nodes/n1/telemetry", """{"gpu":0.5,"cpu":0.25}""");
            await CheckOpenMetrics(client);
            // As Prometheus asks for it.
            using var compressed = new HttpClient(
                new HttpClientHandler { AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = address };
            Assert.Equal(2, Exposition.Read(await compressed.GetStringAsync("/metrics")).Of(Catalogue.NodeUsage.Name)
                .Count());
            Assert.Equal(0, await silo.Stop());
        }
    }

    [Fact]
    public async Task What_a_workload_prints_shows_in_its_status_and_on_the_metrics_page_until_it_ends()
    {
        var tokens = folder.Of("tokens");
        var token = TokenFile.Create(tokens, "all", Role.Operator, ["*"]);
        var (silo, address) = await HostProcess.Serve(
            folder.Of("data"), "--empty", "--executor", "process", "--token-file", tokens);
        using (silo)
        {
            using var client = new FleetClient(address, token);
            await Accepted(client, "/v1/manifests", Fleets.Small);
            await Accepted(client, "/v1/runs", """
                {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"train"},
                 "spec":{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":1},
                         "workload":{"command":["sh","-c",
                         "echo jobtree: epoch=3 loss=0.41 progress=0.2 eta=10m; echo jobtree: x=1; exec sleep 600"]}}}
                """);
            await client.Until("/v1/runs/default/train", run => run.GetProperty("status").TryGetProperty(
                "telemetry", out var telemetry) && telemetry.TryGetProperty("loss", out var loss)
                && loss.GetDouble() is 0.41);
            await client.Until("/v1/runs?phase=Running", page => page.GetProperty("items")[0].GetProperty("status")
                .TryGetProperty("eta", out _));
            var page = Exposition.Read(await client.Text("/metrics"));
            Assert.Equal(3, page.Of(Catalogue.RunEpoch.Name).Single(sample => sample.Labels["run"] == "train").Value);
            Assert.Equal(("line", "malformed", 1), page.Of(Catalogue.TelemetryDropped.Name)
                .Select(sample => (sample.Labels["source"], sample.Labels["reason"], sample.Value)).Single());
            // The executor also tells how busy the machine is, which stands for the node here.
            await Eventually.Holds(async () => Exposition.Read(await client.Text("/metrics"))
                .Of(Catalogue.NodeUsage.Name).Any(sample => sample.Labels["node"] == "n1"
                    && sample.Labels["resource"] == "memory" && sample.Value is > 0 and <= 1));
            await Accepted(client, "/v1/runs/default/train/cancel", "");
            Assert.DoesNotContain("jobtree_run_epoch", await client.Text("/metrics"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Any_number_of_runs_passes_through_a_bounded_number_of_series()
    {
        var beyond = 0;
        var runs = new ReportedRuns(time, 1_000, () => beyond++);
        var series = new ReportedSeries(new Local(runs), new ReportedNodes(time));
        for (var i = 0; i < 5_000; i++)
        {
            var run = RunningRun(i);
            Assert.True(runs.Put(run, new WorkloadReport { Epoch = i }).Succeeded(out _, out _));
            Assert.Contains($"{{namespace=\"team\",run=\"run-{i}\"}} {i}\n", series.Text(), StringComparison.Ordinal);
            runs.Follow(run with { Phase = RunPhase.Completed });
        }

        Assert.Equal("", series.Text());
        Assert.Equal(0, beyond);
    }

    [Fact]
    public void Beyond_the_bound_runs_have_no_series_until_a_place_is_free()
    {
        var beyond = 0;
        var runs = new ReportedRuns(time, 2, () => beyond++);
        for (var i = 0; i < 4; i++)
        {
            Assert.True(runs.Put(RunningRun(i), new WorkloadReport { Epoch = i }).Succeeded(out _, out _));
            runs.Put(RunningRun(i), new WorkloadReport { Epoch = i });
        }

        Assert.Equal(["run-0", "run-1"], Shown(runs));
        Assert.Equal(2, beyond);
        Assert.Equal(4, runs.Of([.. Enumerable.Range(0, 4).Select(i => RunningRun(i).Key)]).Count);
        runs.Follow(RunningRun(0) with { Attempt = 2 });
        runs.Put(RunningRun(3), new WorkloadReport { Loss = 1 });
        Assert.Equal(["run-1", "run-3"], Shown(runs));
        runs.WithSeries(run => run.Name != "run-1");
        Assert.Equal(["run-3"], Shown(runs));
    }

    [Fact]
    public void Without_series_reports_are_still_kept_and_the_number_of_runs_is_bounded()
    {
        var runs = new ReportedRuns(time, 0, () => Assert.Fail("Nothing is beyond a bound that shows none."));
        for (var i = 0; i < ReportedRuns.RunsMax; i++)
            Assert.True(runs.Put(RunningRun(i), new WorkloadReport { Epoch = i }).Succeeded(out _, out _));
        Assert.False(runs.Put(RunningRun(ReportedRuns.RunsMax), new WorkloadReport { Epoch = 1 })
            .Succeeded(out _, out _));
        Assert.Empty(Shown(runs));
        Assert.Equal(7, runs.Of([RunningRun(7).Key]).Single().Telemetry.Epoch);
    }

    [Fact]
    public void What_the_workload_says_of_its_GPUs_counts_more_than_what_is_measured()
    {
        var runs = new ReportedRuns(time);
        runs.Put(RunningRun(1), new WorkloadReport { IsMeasured = true, GpuUtilization = 0.1, GpuMemoryBytes = 1 });
        runs.Put(RunningRun(1), new WorkloadReport { GpuUtilization = 0.9 });
        runs.Put(RunningRun(1), new WorkloadReport { IsMeasured = true, GpuUtilization = 0.2, GpuMemoryBytes = 2 });
        var telemetry = runs.Of([RunningRun(1).Key]).Single().Telemetry;
        Assert.Equal((0.9, 2), (telemetry.GpuUtilization, telemetry.GpuMemoryBytes));
    }

    [Fact]
    public void The_usage_of_a_node_that_is_not_renewed_is_dropped_and_the_number_of_nodes_is_bounded()
    {
        var nodes = new ReportedNodes(time, 2);
        var series = new ReportedSeries(new Local(new ReportedRuns(time)), nodes);
        nodes.Put("n1", new NodeUsage(Gpu: 0.5, Cpu: 0.25));
        nodes.Put("n2", new NodeUsage(Memory: 1));
        Assert.False(nodes.Put("n3", new NodeUsage(Cpu: 1)).Succeeded(out _, out _));
        time.Advance(ReportedNodes.AgeMax - TimeSpan.FromSeconds(1));
        nodes.Put("n1", new NodeUsage(Cpu: 0.75));
        Assert.Contains("{node=\"n1\",resource=\"gpu\"} 0.5\n", series.Text(), StringComparison.Ordinal);
        Assert.Contains("{node=\"n2\",resource=\"memory\"} 1\n", series.Text(), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new NodeUsage(Cpu: 0.75), nodes.All().Single().Usage);
        Assert.True(nodes.Put("n3", new NodeUsage(Cpu: 1)).Succeeded(out _, out _));
        time.Advance(ReportedNodes.AgeMax);
        Assert.Equal("", series.Text());
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var text = new GaugeText();
        text.Add(Catalogue.NodeUsage, [(["a\"b\\c\nd", "cpu"], double.PositiveInfinity)]);
        Assert.EndsWith("jobtree_node_usage_ratio{node=\"a\\\"b\\\\c\\nd\",resource=\"cpu\"} +Inf\n", text.ToString(),
            StringComparison.Ordinal);
    }

    private static async Task CheckOpenMetrics(FleetClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse($"{OpenMetrics};version=1.0.0"));
        // As Prometheus does: the page is whole all the same, compressed or not.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await client.Send(request);
        Assert.Equal(OpenMetrics, response.Content.Headers.ContentType!.MediaType);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(text.Length - "# EOF\n".Length, text.IndexOf("# EOF", StringComparison.Ordinal));
        Assert.Contains("# TYPE jobtree_node_usage_ratio gauge\n# UNIT jobtree_node_usage_ratio ratio\n", text,
            StringComparison.Ordinal);
        Assert.Contains("\njobtree_node_usage_ratio{node=\"n1\",resource=\"cpu\"} 0.25\n", text,
            StringComparison.Ordinal);
    }

    private static async Task Accepted(FleetClient client, string path, string body) =>
        Assert.Equal(HttpStatusCode.OK, await client.Post(path, body, Guid.NewGuid().ToString("N")));

    private static IEnumerable<string> Shown(ReportedRuns runs) =>
        runs.WithSeries().Select(run => run.Run.Name).Order();

    private static RunRecord RunningRun(int number) => new()
    {
        Key = new RunKey("team", string.Create(CultureInfo.InvariantCulture, $"run-{number}")),
        Spec = new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 1 } },
        Owner = "org:ai",
        SubmitOperation = "op",
        SubmittedAt = DateTimeOffset.UnixEpoch,
        Phase = RunPhase.Running,
        Attempt = 1,
    };

    private sealed class Local(ReportedRuns runs) : IRunReports
    {
        public IReadOnlyList<ReportedRun> WithSeries() => runs.WithSeries();
    }
}

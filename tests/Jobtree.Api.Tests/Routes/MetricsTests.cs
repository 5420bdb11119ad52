using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_state_of_the_fleet_is_read_when_asked_for()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")},"
                + $"{Samples.Run("a", gpus: 6)},{Samples.Run("b", gpus: 6)}]")).IsOk();
        var metrics = await Scrape(host);
        Assert.Contains("jobtree_gpus{flavor=\"H100\",state=\"free\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_gpus{flavor=\"H100\",state=\"used\"} 6\n", metrics, StringComparison.Ordinal);
        // Its owner's budget is in full use, and pays for it next.
        Assert.Contains("jobtree_queue_depth{flavor=\"H100\",reason=\"reserved\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_runs{flavor=\"H100\",phase=\"reserved\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_runs{flavor=\"H100\",phase=\"running\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_resolver_actions_total{flavor=\"H100\",kind=\"ReclaimUnfunded\"} 0\n", metrics,
            StringComparison.Ordinal);
        foreach (var kind in new[] { "DropSpare", "Shrink", "Lottery" })
            Assert.Contains($"jobtree_resolver_actions_total{{flavor=\"H100\",kind=\"{kind}\"}} 0\n", metrics,
                StringComparison.Ordinal);
        foreach (var series in new[] { "elastic_grows_total", "elastic_shrinks_total", "elastic_width_current",
            "swaps_total", "nodes_overdue" })
            Assert.Contains($"jobtree_{series}{{flavor=\"H100\"}} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_outbox_lag_seconds{flavor=\"H100\"} ", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_outbox_lag_threshold_seconds{} 30\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_receivers_set_aside{flavor=\"H100\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_flavor_views_stale_ratio{} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_last_success_timestamp_seconds{loop=\"fleet\"} ", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_reconcile_duration_seconds_count{loop=\"fleet\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_forecast_latency_seconds_count{flavor=\"H100\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_reservations_backlog_seconds{flavor=\"H100\"} ", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_fragmentation_ratio{flavor=\"H100\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_nodes{flavor=\"H100\",state=\"ready\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "jobtree_budgets_concurrency_gpus{budget=\"ai\",class=\"owned\",envelope=\"h100\",flavor=\"H100\","
                + "owner=\"org:ai\"} 6\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "jobtree_budgets_gpu_seconds_total{budget=\"ai\",class=\"owned\",envelope=\"h100\",flavor=\"H100\","
                + "owner=\"org:ai\"} ", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_to_running_runs_is_counted()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Node("n2")},{Samples.Budget("ai", "org:ai")}]")).IsOk();
        foreach (var gpus in new[] { 4, 2 })
            (await host.Post("/v1/manifests", Samples.Run("a", gpus: 4, more: ",\"malleable\":{\"minTotalGPUs\":2,"
                + $"\"maxTotalGPUs\":6,\"stepGPUs\":2,\"desiredTotalGPUs\":{gpus}}}"))).IsOk();
        (await host.Post("/v1/nodes/n2/state",
            $"{{\"state\":\"Draining\",\"emptyBy\":\"{DateTime.UtcNow.AddDays(1):O}\"}}")).IsOk();
        var metrics = await Scrape(host);
        Assert.Contains("jobtree_elastic_shrinks_total{flavor=\"H100\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_elastic_width_current{flavor=\"H100\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_nodes{flavor=\"H100\",state=\"draining\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_several_hosts_tells_the_state_of_the_fleet_and_each_tells_its_own()
    {
        await using var host = await ApiHost.Start(options => options with { TellsFleet = () => false });
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        var metrics = await Scrape(host);
        Assert.DoesNotContain("jobtree_gpus{", metrics, StringComparison.Ordinal);
        Assert.Contains("process_cpu_seconds_total ", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admissions_and_requests_are_timed()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("a", gpus: 6))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b", gpus: 6))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b", gpus: 5))).IsProblem(409, "conflict");
        (await host.Get("/v1/runs/default/a")).IsOk();
        (await host.Get("/some/path/that/is/not/there")).IsProblem(404, "not-found");
        var metrics = await Scrape(host);
        foreach (var result in new[] { "bound", "waiting", "error" })
            Assert.Contains($"jobtree_runs_admission_latency_seconds_count{{flavor=\"H100\",result=\"{result}\"}} 1\n",
                metrics, StringComparison.Ordinal);
        Assert.Contains(
            "jobtree_api_request_duration_seconds_count{code=\"200\",method=\"POST\",route=\"/v1/runs\"} 2\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains(
            "jobtree_api_request_duration_seconds_count{code=\"409\",method=\"POST\",route=\"/v1/runs\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("code=\"200\",method=\"GET\",route=\"/v1/runs/{namespace}/{name}\"", metrics,
            StringComparison.Ordinal);
        Assert.Contains("code=\"404\",method=\"GET\",route=\"none\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("that/is/not", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_end_are_counted_by_how_they_ended()
    {
        await using var host = await ApiHost.Start(options => options with { ObserveRuns = true });
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 1);
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Run("a")},{Samples.Run("b")},{Samples.Run("c")}]")).IsOk();
        (await host.Post("/v1/runs/default/a/complete", """{"succeeded":true}""")).IsOk();
        (await host.Post("/v1/runs/default/b/complete", """{"succeeded":false}""")).IsOk();
        (await host.Post("/v1/runs/default/c/cancel")).IsOk();
        await Eventually.Holds(async () => (await Scrape(host)).Contains(
            "jobtree_runs_finished_total{flavor=\"H100\",status=\"cancelled\"} 1\n", StringComparison.Ordinal));
        var metrics = await Scrape(host);
        Assert.Contains("jobtree_runs_finished_total{flavor=\"H100\",status=\"succeeded\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_runs_finished_total{flavor=\"H100\",status=\"failed\"} 1\n", metrics,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_run_duration_seconds_count{flavor=\"H100\",status=\"succeeded\"} 1\n", metrics,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fleet_that_does_not_answer_leaves_a_gap_and_says_so()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        Assert.Contains("jobtree_gpus{", await Scrape(host), StringComparison.Ordinal);
        host.Fleet.Refuses = new Actors.Operations.Problem(Actors.Operations.ProblemCode.Unavailable, "Not now.");
        var metrics = await Scrape(host);
        Assert.DoesNotContain("jobtree_gpus{", metrics, StringComparison.Ordinal);
        Assert.Contains("jobtree_errors_total{component=\"metrics\",error_type=\"Unavailable\",severity=\"error\"} 2\n",
            metrics, StringComparison.Ordinal);
        Assert.Contains("process_resident_memory_bytes ", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_metrics_is_served_to_those_who_ask_for_it_alone()
    {
        await using var host = await ApiHost.Start();
        var answer = (await host.Get("/metrics", null, ("Accept", "application/openmetrics-text"))).IsOk();
        Assert.StartsWith("application/openmetrics-text", answer.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", answer.Text, StringComparison.Ordinal);
        (await host.Get("/metrics", null, ("Accept", "application/json"))).IsProblem(406, "not-acceptable");
    }

    private static async Task<string> Scrape(ApiHost host)
    {
        var answer = (await host.Get("/metrics")).IsOk();
        Assert.StartsWith("text/plain; version=0.0.4; charset=utf-8", answer.Headers["Content-Type"],
            StringComparison.Ordinal);
        return answer.Text;
    }
}

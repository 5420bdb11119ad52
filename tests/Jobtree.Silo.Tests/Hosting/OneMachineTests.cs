using System.Net;
using System.Text.Json;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>A silo that is a whole fleet on one machine, as those who run it meet it.</summary>
public sealed class OneMachineTests : IDisposable
{
    private readonly TestFolder folder = new();

    private string Data => folder.Of("data");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_folder_begins_with_the_demo_fleet_and_its_page_metrics_and_dashboard()
    {
        var (silo, address) = await HostProcess.ServeSilo(["--data", Data]);
        using (silo)
        {
            using var client = new FleetClient(address);
            await client.Until("/v1/runs?phase=Running", page => page.GetProperty("items").GetArrayLength() > 0);
            Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
            Assert.Equal(HttpStatusCode.OK, await client.Status("/healthz"));
            Assert.Equal(HttpStatusCode.OK, await client.Status("/"));
            Assert.Equal(HttpStatusCode.OK, await client.Status("/dashboard/"));
            Assert.Contains("RunGrain", await client.Text("/dashboard/GrainTypes"), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Forbidden, await client.Status("/dashboard/Trace"));
            Assert.DoesNotContain("dashboard", await client.Text("/openapi/v1.json"),
                StringComparison.OrdinalIgnoreCase);
            using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "/dashboard/DashboardCounters");
            elsewhere.Headers.Host = "evil.example";
            using var refused = await client.Send(elsewhere);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

            var metrics = await client.Text("/metrics");
            Assert.Contains(
                "jobtree_grain_call_duration_seconds_count{grain=\"run\",method=\"Submit\",outcome=\"ok\"} ", metrics,
                StringComparison.Ordinal);
            Assert.Contains("jobtree_breaker_open{dependency=\"disk\"} 0\n", metrics, StringComparison.Ordinal);
            Assert.Contains("jobtree_gpus{", metrics, StringComparison.Ordinal);

            Assert.Equal(0, await silo.Stop());
            Assert.DoesNotContain(" Jobtree.", silo.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Killed_at_any_moment_it_comes_back_with_the_same_ledger()
    {
        string before;
        var (first, address) = await HostProcess.ServeSilo(["--data", Data, "--empty"]);
        using (first)
        {
            using var client = new FleetClient(address);
            await Begin(client);
            Assert.Equal(HttpStatusCode.OK,
                await client.Post("/v1/runs/default/run-1/complete", """{"succeeded":true}""", "end"));
            before = await client.Heads();
            Assert.Contains("jobtree_runs_finished_total{flavor=\"H100\",status=\"succeeded\"} 1\n",
                await client.Text("/metrics"), StringComparison.Ordinal);
            await first.Kill();
        }

        var (second, again) = await HostProcess.ServeSilo(["--data", Data]);
        using (second)
        {
            using var client = new FleetClient(again);
            Assert.Equal(before, await client.Heads());
            await client.Until("/v1/runs?limit=100", page => page.GetProperty("items").GetArrayLength() == 10);
            // The same command again has the same outcome, and starts nothing twice.
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("run-2"), "run-2"));
            Assert.Equal(before, await client.Heads());
        }
    }

    [Fact]
    public async Task A_stop_is_told_before_it_happens_and_a_folder_in_use_is_refused()
    {
        var (silo, address) = await HostProcess.ServeSilo(["--data", Data, "--empty", "--drain", "60"]);
        using (silo)
        {
            using var client = new FleetClient(address);
            using (var second = HostProcess.Start("up", "--data", Data, "--port", "0"))
            {
                Assert.Equal(1, await second.Exit());
                Assert.Contains("process ", second.Said, StringComparison.Ordinal);
                Assert.DoesNotContain("   at ", second.Said, StringComparison.Ordinal);
            }

            await silo.Signal("TERM");
            var status = HttpStatusCode.OK;
            while (status == HttpStatusCode.OK)
                status = await client.Status("/readyz");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            // Requests are still served while the word goes round.
            Assert.Equal(HttpStatusCode.OK, await client.Status("/healthz"));
            Assert.Equal(HttpStatusCode.OK, await client.Status("/v1/runs"));
            // The drain is longer than a busy machine needs for the questions above; nobody waits for its end.
            await silo.Kill();
        }
    }

    [Fact]
    public async Task Short_lives_that_each_write_little_still_take_the_snapshot_that_is_due()
    {
        // Few records in each life, and in the last one, in which a snapshot is due from the start, none.
        for (var life = 0; life < 3; life++)
        {
            var (silo, address) = await HostProcess.ServeSilo(["--data", Data, "--empty", "--snapshot-every", "1000"]);
            using (silo)
            {
                using var client = new FleetClient(address);
                Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
                for (var i = 0; i < 3; i++)
                    Assert.Equal(
                        HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run($"r-{life}-{i}"), $"r-{life}-{i}"));
                await silo.Kill();
            }
        }
        var (last, _) = await HostProcess.ServeSilo(["--data", Data, "--snapshot-every", "20"]);
        using (last)
        {
            // Sooner than the minute after which a failed one was tried again.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!Directory.EnumerateFiles(Path.Combine(Data, "journal"), "*.snap").Any())
                await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
            Assert.DoesNotContain("A snapshot could not be written", last.Said, StringComparison.Ordinal);
        }
    }

    private static async Task Begin(FleetClient client)
    {
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run($"run-{i}"), $"run-{i}"));
        var runs = await client.Get("/v1/runs?phase=Running");
        Assert.Equal(JsonValueKind.Array, runs.GetProperty("items").ValueKind);
    }
}

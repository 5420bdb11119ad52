using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>What a silo shows of its executor and its machine, on the port for monitoring.</summary>
public sealed partial class ExecutorSignalTests : IDisposable
{
    // A control group would end processes whatever their user is.
    private const string NeitherGroupsNorKill = """
        umount $(awk '$3 == "cgroup2" {print $2}' /proc/mounts)
        exec setpriv --bounding-set -kill --inh-caps -kill "$@"
        """;

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Orders_that_the_executor_does_not_take_open_its_breaker_and_one_that_it_takes_closes_it()
    {
        var tokens = folder.Of("tokens");
        var token = TokenFile.Create(tokens, "all", Role.Operator, ["*"]);
        var data = folder.Of("data");
        var (silo, address) = await HostProcess.Serve(data, "--empty", "--executor", "process", "--token-file", tokens,
            "--metrics-port", "0");
        using var running = silo;
        using var client = new FleetClient(address, token);
        using var monitor = new FleetClient(Monitoring(silo));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        var fresh = await monitor.Scrape();
        Assert.Equal((0, 0), Breaker(fresh));
        Assert.Equal((0, 0), (Orders(fresh, "ok"), Orders(fresh, "failed")));
        await CheckMachine(monitor);

        // A file where the folder of attempts should be: the executor cannot write down what it is to start.
        var attempts = Path.Combine(data, "attempts");
        Directory.Delete(attempts, recursive: true);
        await File.WriteAllTextAsync(attempts, "");
        for (var run = 0; run < 3; run++)
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Run($"lost-{run}"), $"lost-{run}"));
        await Eventually.Holds(async () => Breaker(await monitor.Scrape()) == (1, 1));
        var failed = await monitor.Scrape();
        Assert.Equal((0, 3), (Orders(failed, "ok"), Orders(failed, "failed")));
        Assert.Equal(3, failed.Value(Catalogue.Errors, "executor", "start-order", "error"));

        File.Delete(attempts);
        Directory.CreateDirectory(attempts);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Run("taken"), "taken"));
        await Eventually.Holds(async () => Breaker(await monitor.Scrape()) == (0, 1));
        var taken = await monitor.Scrape();
        Assert.Equal((1, 3), (Orders(taken, "ok"), Orders(taken, "failed")));
        Assert.Equal(1, taken.Value(Catalogue.ExecutorOrderDuration, "start"));
        Assert.Equal(0, await silo.Stop());
    }

    [Fact]
    public async Task Processes_that_the_silo_cannot_end_are_told_of_until_they_have_ended()
    {
        Assert.SkipWhen(Environment.UserName != "root", "Only root can take the right to end others from a silo.");
        var tokens = folder.Of("tokens");
        var token = TokenFile.Create(tokens, "all", Role.Operator, ["*"]);
        var pid = folder.Of("pid");
        var (silo, address) = await HostProcess.ServeSiloUnder(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", NeitherGroupsNorKill, "sh"],
            ["--data", folder.Of("data"), "--empty", "--executor", "process", "--token-file", tokens,
                "--metrics-port", "0"]);
        using var running = silo;
        using var client = new FleetClient(address, token);
        using var monitor = new FleetClient(Monitoring(silo));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(0, (await monitor.Scrape()).Value(Catalogue.ExecutorResisting));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Run("stays", "sh", "-c",
            $"setsid setpriv --reuid=65534 --clear-groups sleep 1000 & echo $! > {pid}; sleep 0.1"), "stays"));
        await Eventually.Holds(async () => (await monitor.Scrape()).Value(Catalogue.ExecutorResisting) == 1);
        using (var sleeping = Process.GetProcessById(int.Parse(
            await File.ReadAllTextAsync(pid), CultureInfo.InvariantCulture)))
            sleeping.Kill();
        await Eventually.Holds(async () => (await monitor.Scrape()).Value(Catalogue.ExecutorResisting) == 0);
        await client.Until("/v1/runs/default/stays", run => run.GetProperty("status").GetProperty("phase").GetString()
            == "Completed");
    }

    [Fact]
    public async Task The_port_for_monitoring_shows_metrics_and_probes_without_a_token_and_nothing_else()
    {
        var tokens = folder.Of("tokens");
        TokenFile.Create(tokens, "all", Role.Operator, ["*"]);
        var (silo, address) = await HostProcess.Serve(
            folder.Of("data"), "--empty", "--token-file", tokens, "--metrics-port", "0");
        using var running = silo;
        using var client = new FleetClient(address);
        var at = Monitoring(silo);
        using var monitor = new FleetClient(at);
        Assert.Equal(new[] { address.Port, at.Port }.Order(), ListeningPorts.Of(silo.Id));
        Assert.Contains("whoever reaches this port can read the metrics of all owners", silo.Said,
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.Status("/metrics"));
        Assert.Equal(HttpStatusCode.OK, await monitor.Status("/metrics"));
        Assert.Equal(HttpStatusCode.OK, await monitor.Status("/healthz"));
        Assert.Equal(HttpStatusCode.OK, await monitor.Status("/readyz"));
        foreach (var path in (string[])["/", "/v1/runs", "/v1/manifests", "/dashboard", "/openapi/v1.json"])
            Assert.Equal(HttpStatusCode.NotFound, await monitor.Status(path));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await monitor.Post("/metrics", "{}", "none"));
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        rebound.Headers.Host = "attacker.example";
        using var refused = await monitor.Send(rebound);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(0, await silo.Stop());
    }

    // What every silo shows of the machine and of its loops.
    private static async Task CheckMachine(FleetClient monitor)
    {
        string[] loops = ["clock", "storage", "tokens", "listing"];
        await Eventually.Holds(async () =>
        {
            var page = await monitor.Scrape();
            return loops.All(loop => page.Value(Catalogue.LastSuccess, loop) > 0);
        });
        var shown = await monitor.Scrape();
        Assert.All(loops, loop => Assert.True(shown.Value(Catalogue.ReconcileDuration, loop) >= 1));
        Assert.InRange(shown.Value(Catalogue.StorageUsed, "disk") ?? -1, 0, 1);
        Assert.InRange(shown.Value(Catalogue.ClockOffset) ?? 9, -1, 1);
        Assert.Equal(Environment.ProcessorCount, shown.Value(Catalogue.ProcessCpus));
        Assert.True(shown.Value(Catalogue.ProcessMemoryLimit) > shown.Value(Catalogue.ProcessMemory));
        Assert.Equal((0, 0), (shown.Value(Catalogue.BreakerOpen, "disk"),
            shown.Value(Catalogue.BreakerOpened, "disk")));
    }

    private static Uri Monitoring(HostProcess silo) => new(MonitoringLine().Match(silo.Said).Groups["at"].Value);

    private static string Run(string name, params string[] command) => $$$$"""
        {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"{{{{name}}}}"},
         "spec":{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":1},
          "workload":{"command":{{{{JsonSerializer.Serialize(command is [] ? ["true"] : command)}}}}}}}
        """;

    private static double? Orders(Exposition page, string outcome) =>
        page.Value(Catalogue.ExecutorOrders, "start", outcome);

    private static (double? Open, double? Openings) Breaker(Exposition page) =>
        (page.Value(Catalogue.BreakerOpen, "executor"), page.Value(Catalogue.BreakerOpened, "executor"));

    [GeneratedRegex(@"Metrics and probes on (?<at>http://\S+):")]
    private static partial Regex MonitoringLine();
}

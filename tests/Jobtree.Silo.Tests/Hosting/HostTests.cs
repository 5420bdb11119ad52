using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Jobtree.Api.Access;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>The host as those who run it meet it: starting, refusing, stopping.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TestFolder folder = new();

    private string Data => folder.Of("data");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_stop_finishes_what_is_in_flight_and_exits_0_while_somebody_watches()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            using var client = new FleetClient(address);
            await client.Command("/v1/manifests", Documents.Fleet(), "fleet");
            using var http = new HttpClient { BaseAddress = address };
            using var watch = await http.GetAsync("/v1/runs?watch=true", HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, watch.StatusCode);
            Assert.Equal(0, await host.Stop());
            Assert.DoesNotContain("fail", host.Said, StringComparison.OrdinalIgnoreCase);
        }
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Assert.Equal(ownerOnly, File.GetUnixFileMode(Data));
            Assert.Equal(ownerOnly, File.GetUnixFileMode(Path.Combine(Data, "journal")));
        }
    }

    [Fact]
    public async Task The_version_is_printed_and_nothing_else()
    {
        using var host = HostProcess.Start("--version");
        Assert.Equal(0, await host.Exit());
        // Tests are built with the version of the product.
        Assert.Equal(typeof(HostTests).Assembly.GetName().Version!.ToString(3), host.Said.TrimEnd());
    }

    [Fact]
    public async Task Ctrl_C_stops_it_with_0_and_a_second_host_on_the_folder_is_refused()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            var said = await Refused("up", "--data", Data, "--port", "0");
            Assert.Contains("process ", said, StringComparison.Ordinal);
            File.Delete(Path.Combine(Data, "journal", "lock"));
            Assert.Equal(said, await Refused("up", "--data", Data, "--port", "0"));
            var taken = await Refused("up", "--data", folder.Of("other"), "--empty", "--port", $"{address.Port}");
            Assert.Contains("address already in use", taken, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(0, await host.Stop("INT"));
        }
    }

    [Fact]
    public async Task A_journal_that_lost_its_end_after_a_stop_is_refused_until_the_loss_is_accepted()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            using var client = new FleetClient(address);
            await client.Command("/v1/manifests", Documents.Fleet(), "fleet");
            for (var i = 0; i < 10; i++)
                await client.Command("/v1/runs", Documents.Run($"run-{i}", 1), $"run-{i}");
            Assert.Equal(0, await host.Stop());
        }
        var segment = Path.Combine(Data, "journal", "00000001.log");
        await File.WriteAllBytesAsync(segment, (await File.ReadAllBytesAsync(segment))[..^600]);
        var said = await Refused("up", "--data", Data, "--port", "0");
        Assert.Contains($"damaged in {segment}", said, StringComparison.Ordinal);
        Assert.Contains("was durable when the host stopped", said, StringComparison.Ordinal);
        Assert.Contains("was durable when the host stopped", await Refused("audit", "--data", Data),
            StringComparison.Ordinal);

        File.Delete(Path.Combine(Data, "journal", "stopped"));
        var (next, again) = await HostProcess.Serve(Data);
        using (next)
        {
            using var client = new FleetClient(again);
            await client.Heads();
            Assert.Equal(0, await next.Stop());
        }
    }

    [Fact]
    public async Task Its_metrics_tell_of_cuts_forecasts_and_the_journal()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            using var client = new FleetClient(address);
            await client.Command("/v1/manifests", Documents.Fleet(), "fleet");
            await client.Command("/v1/runs", Documents.Run("filler", 64, "org:guest"), "filler");
            await client.Command("/v1/runs", Documents.Run("funded", 8), "funded");
            await client.Command("/v1/runs/default/funded/complete", new { succeeded = true }, "end");
            var page = await client.Text("/metrics");
            Assert.Contains("jobtree_resolver_actions_total{flavor=\"H100\",kind=\"ReclaimUnfunded\"} 1\n", page,
                StringComparison.Ordinal);
            Assert.Contains("jobtree_forecast_error_seconds_count{flavor=\"H100\"} 1\n", page,
                StringComparison.Ordinal);
            Assert.Contains("jobtree_forecast_latency_seconds_count{flavor=\"H100\"} 1\n", page,
                StringComparison.Ordinal);
            Assert.Contains("jobtree_runs{flavor=\"H100\",phase=\"running\"} 1\n", page, StringComparison.Ordinal);
            Assert.DoesNotContain("jobtree_journal_append_seconds_count{host=\"silo\",operation=\"append\"} 0\n",
                page, StringComparison.Ordinal);
            Assert.Contains("jobtree_journal_append_seconds_count{host=\"silo\",operation=\"append\"} ", page,
                StringComparison.Ordinal);
            Assert.Contains("jobtree_journal_appends_total{host=\"silo\",operation=\"append\"} ", page,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_workload_goes_on_with_the_trace_of_its_submission()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var tokens = folder.Of("tokens");
        var token = TokenFile.Create(tokens, "all", Role.Operator, ["*"]);
        var (host, address) = await HostProcess.Serve(
            Data, "--empty", "--executor", "process", "--token-file", tokens);
        using (host)
        {
            using var client = new FleetClient(address, token);
            await client.Command("/v1/manifests", Documents.Fleet(), "fleet");
            using var http = new HttpClient { BaseAddress = address };
            http.DefaultRequestHeaders.Add("traceparent", trace);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var submitted = await http.PostAsync("/v1/runs", new StringContent(
                """
                {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"traced"},
                 "spec":{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":1},
                         "workload":{"command":["sh","-c","echo trace=$TRACEPARENT"]}}}
                """,
                Encoding.UTF8,
                "application/json"));
            Assert.Equal(HttpStatusCode.OK, submitted.StatusCode);
            await using var changes = await http.GetStreamAsync("/v1/runs?watch=true&name=traced");
            using var lines = new StreamReader(changes);
            while (await lines.ReadLineAsync() is { } line
                && !line.Contains("\"phase\":\"Completed\"", StringComparison.Ordinal))
                Assert.DoesNotContain("\"phase\":\"Failed\"", line, StringComparison.Ordinal);
            Assert.Equal($"trace={trace}\n", await client.Text("/v1/runs/default/traced/logs/1/rank-0.out"));
        }
    }

    [Fact]
    public async Task What_cannot_be_is_refused_before_anything_is_touched()
    {
        Assert.Contains("token file", await Refused("up", "--data", Data, "--listen", "0.0.0.0", "--port", "0"),
            StringComparison.Ordinal);
        Assert.Contains("nowhere", await Refused(
            "up", "--data", Data, "--port", "0", "--token-file", folder.Of("nowhere")), StringComparison.Ordinal);
        // Whoever may submit may run programs as the host's user, so everybody on the machine could.
        Assert.Contains("--executor process needs --token-file", await Refused(
            "up", "--data", Data, "--port", "0", "--executor", "process"), StringComparison.Ordinal);
        Assert.Contains("RequestsPerSecondMax", await Refused(
            "up", "--data", Data, "--port", "0", "--requests-per-second", "-1"), StringComparison.Ordinal);
        Assert.Contains("--snapshot-every", await Refused("up", "--data", Data, "--snapshot-every", "0"),
            StringComparison.Ordinal);
        Assert.Contains("--metrics-listen needs --metrics-port", await Refused(
            "up", "--data", Data, "--port", "0", "--metrics-listen", "127.0.0.1"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
        await File.WriteAllTextAsync(folder.Of("file"), "");
        Assert.Contains("cannot be made", await Refused(
            "up", "--data", Path.Combine(folder.Of("file"), "data"), "--port", "0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_journal_is_named_with_file_and_offset_and_left_as_it_is()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            using var client = new FleetClient(address);
            await client.Command("/v1/manifests", Documents.Fleet(), "fleet");
            await client.Command("/v1/runs", Documents.Run("a", 8), "a");
            await client.Command("/v1/runs", Documents.Run("b", 8), "b");
            await host.Stop();
        }
        var segment = Path.Combine(Data, "journal", "00000001.log");
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[200] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        var said = await Refused("up", "--data", Data, "--port", "0");
        Assert.Contains(segment, said, StringComparison.Ordinal);
        Assert.Contains("offset 64", said, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(segment));
        Assert.Contains("offset 64", await Refused("audit", "--data", Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_folder_begins_with_the_demo_and_keeps_it()
    {
        for (var start = 0; start < 2; start++)
        {
            var (host, address) = await HostProcess.Serve(Data);
            using (host)
            {
                using var client = new FleetClient(address);
                Assert.NotEmpty((await client.Get("/v1/flavors")).GetProperty("items").EnumerateArray());
                Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
                // The second is killed, and its folder audited as it was left.
                if (start == 0)
                    Assert.Equal(0, await host.Stop());
                else
                    await host.Kill();
            }
        }
        using var audit = HostProcess.Start("audit", "--data", Data);
        Assert.Equal(0, await audit.Exit());
        Assert.Contains("holds", audit.Said, StringComparison.Ordinal);
    }

    private static async Task<string> Refused(params string[] arguments)
    {
        using var host = HostProcess.Start(arguments);
        Assert.Equal(1, await host.Exit());
        Assert.DoesNotContain("   at ", host.Said, StringComparison.Ordinal);
        return host.Said;
    }
}

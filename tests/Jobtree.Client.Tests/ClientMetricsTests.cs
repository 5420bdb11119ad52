using System.Globalization;
using System.Net;
using Jobtree.Core.Model;
using Jobtree.Manifests;
using Jobtree.Telemetry;

namespace Jobtree.Client.Tests;

/// <summary>
/// The metrics of a program that uses the client, as a scraper reads them. A page shows all calls of its process, so no
/// other test calls meanwhile.
/// </summary>
[Collection(nameof(ClientMetricsTests))]
[CollectionDefinition(nameof(ClientMetricsTests), DisableParallelization = true)]
public sealed class ClientMetricsTests
{
    [Fact]
    public async Task The_calls_of_a_program_are_on_the_page_that_one_line_serves()
    {
        await using var cluster = await ClientCluster.Start();
        await using var server = await JobtreeMetrics.StartServer(port: 0);
        var began = DateTimeOffset.UtcNow;
        var run = new RunKey("default", "train");
        await cluster.Client.Submit(new RunManifest(run, new RunSpec
        {
            Owner = "org:lab",
            Resources = new Resources { GpuType = "H100", TotalGPUs = 8 },
        }, null, null), cancellation: cluster.Deadline);
        await Assert.ThrowsAsync<JobtreeException>(
            () => cluster.Client.Get(new RunKey("default", "nobody"), cluster.Deadline));
        await cluster.Client.Explain(run, cluster.Deadline);

        using var http = new HttpClient();
        var page = await http.GetStringAsync(server.Address, cluster.Deadline);
        Assert.Equal(1, Value(page, """jobtree_sdk_requests_total{operation="apply",outcome="ok"}"""));
        Assert.Equal(1, Value(page, """jobtree_sdk_requests_total{operation="get",outcome="NotFound"}"""));
        Assert.Equal(1, Value(page, """jobtree_sdk_requests_total{operation="explain",outcome="ok"}"""));
        Assert.Equal(0, Value(page, """jobtree_sdk_requests_in_progress{operation="apply"}"""));
        Assert.Equal(1, Value(page,
            """jobtree_sdk_request_duration_seconds_count{operation="apply",outcome="ok"}"""));
        foreach (var bound in Catalogue.SdkRequestDuration.Buckets)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"le=\"{bound}\""), page,
                StringComparison.Ordinal);
        Assert.InRange(Value(page, """jobtree_sdk_last_success_timestamp_seconds{operation="apply"}"""),
            began.ToUnixTimeSeconds() - 1, began.AddMinutes(2).ToUnixTimeSeconds());
        Assert.DoesNotContain("last_success_timestamp_seconds{operation=\"get\"}", page, StringComparison.Ordinal);
        Assert.All(Catalogue.Sdk.Except([Catalogue.SdkRetries]), metric =>
            Assert.Contains($"# TYPE {metric.Name} {metric.Type.ToString().ToLowerInvariant()}\n", page,
                StringComparison.Ordinal));
        // The name of a run or of an owner is never a label.
        Assert.DoesNotContain("train", page, StringComparison.Ordinal);
        Assert.DoesNotContain("org:lab", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_is_local_unless_told_otherwise_and_says_so_when_its_port_is_taken()
    {
        await using var server = await JobtreeMetrics.StartServer(port: 0);
        Assert.Equal("127.0.0.1", server.Address.Host);
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, await Status(http, server.Address, "localhost"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await Status(http, server.Address, "attacker.example"));
        Assert.Equal(HttpStatusCode.NotFound, await Status(http, new Uri(server.Address, "/"), "localhost"));
        var taken = await Assert.ThrowsAsync<IOException>(() => JobtreeMetrics.StartServer(server.Address.Port));
        Assert.Contains($"The port for metrics, 127.0.0.1:{server.Address.Port}, cannot be had", taken.Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => JobtreeMetrics.StartServer(65_536));
    }

    private static async Task<HttpStatusCode> Status(HttpClient http, Uri address, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static double Value(string page, string series) => double.Parse(
        page.Split('\n').Single(line => line.StartsWith($"{series} ", StringComparison.Ordinal))[(series.Length + 1)..],
        CultureInfo.InvariantCulture);
}

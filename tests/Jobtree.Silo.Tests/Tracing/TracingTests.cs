using System.Net;
using System.Text;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Tracing;

/// <summary>Traces as a collector gets them.</summary>
public sealed class TracingTests : IDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_request_that_is_traced_is_followed_through_the_grains_to_the_collector_and_is_an_exemplar()
    {
        using var collector = new Collector();
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address.ToString()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        using (silo)
        {
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            using var submit = new HttpRequestMessage(HttpMethod.Post, "/v1/runs") { Content = new StringContent(
                Fleets.Run("traced"), Encoding.UTF8, "application/json") };
            submit.Headers.Add("Idempotency-Key", "traced");
            submit.Headers.Add("traceparent", $"00-{TraceId}-00f067aa0ba902b7-01");
            using var answer = await client.Send(submit);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var patience = new CancellationTokenSource(Patience);
            // The request, the run that it went to, the flavor that the run asked.
            while (collector.Count(Convert.FromHexString(TraceId)) < 3)
                await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
            Assert.Matches($"jobtree_api_request_duration_seconds_bucket.*/v1/runs.* # .*{TraceId}",
                await OpenMetrics(client));
            Assert.Equal(0, await silo.Stop());
        }
        Assert.True(collector.Count("jobtree-silo") > 0);
        Assert.True(collector.Count("IFlavor") > 0);
        Assert.True(collector.Count("IRun") > 0);
    }

    private static async Task<string> OpenMetrics(FleetClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("application/openmetrics-text; version=1.0.0");
        using var answer = await client.Send(request);
        return await answer.Content.ReadAsStringAsync();
    }
}

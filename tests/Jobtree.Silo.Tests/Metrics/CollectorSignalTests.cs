using System.Net;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Tracing;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>What a silo shows of a collector that is not there.</summary>
public sealed class CollectorSignalTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("http/protobuf", true)]
    [InlineData("grpc", false)]
    public async Task A_collector_that_refuses_opens_the_breaker_once_and_one_that_takes_a_batch_closes_it(
        string protocol, bool comes)
    {
        var port = Ports.Take();
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}/"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_TRACES_SAMPLER", "always_on"));
        using var running = silo;
        using var client = new FleetClient(address);
        // Each scrape is a request and so has a span to export.
        await Eventually.Holds(async () => Breaker(await client.Scrape()) == (1, 1));
        if (comes)
        {
            using var collector = new Collector(port);
            await Eventually.Holds(async () => Breaker(await client.Scrape()) == (0, 1));
            Assert.True(collector.Count("jobtree-silo") > 0);
        }

        Assert.True((await client.Scrape()).Value(Catalogue.Errors, "otlp", "unreachable", "warning") >= 3);
        Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
        Assert.Equal(0, await silo.Stop());
    }

    private static (double? Open, double? Openings) Breaker(Exposition page) =>
        (page.Value(Catalogue.BreakerOpen, "otlp"), page.Value(Catalogue.BreakerOpened, "otlp"));
}

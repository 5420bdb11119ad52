using Jobtree.Api.Observing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Silo.Metrics;

/// <summary>The page of OpenTelemetry's Prometheus exporter, behind the API's authorization.</summary>
internal sealed class PrometheusPage(IServiceProvider services) : IMetricsPage
{
    private readonly RequestDelegate exporter =
        new ApplicationBuilder(services).UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();

    public Task Write(HttpContext http) => exporter(http);
}

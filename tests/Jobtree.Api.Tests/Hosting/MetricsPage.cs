using System.Diagnostics.Metrics;
using Jobtree.Api.Observing;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>
/// A host's own metrics, and not those of other hosts in this process, by the exporter that silos use.
/// </summary>
internal sealed class MetricsPage(IServiceProvider services) : IMetricsPage
{
    private readonly RequestDelegate exporter =
        new ApplicationBuilder(services).UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();

    public Task Write(HttpContext http) => exporter(http);
}

internal static class MetricsPageServices
{
    public static void AddMetricsPage(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(FleetMetrics.MeterName)
            .AddPrometheusExporter(exporter =>
            {
                exporter.ScopeInfoEnabled = false;
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            }));
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
        {
            var own = provider.GetRequiredService<IMeterFactory>();
            metrics.AddView(instrument => instrument.Meter.Scope == own ? null : MetricStreamConfiguration.Drop);
        });
        services.AddSingleton<IMetricsPage, MetricsPage>();
    }
}

using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Jobtree.Client;

/// <summary>A running server of metrics, as <see cref="JobtreeMetrics.StartServer"/> starts it.</summary>
public sealed class JobtreeMetricsServer : IAsyncDisposable
{
    /// <summary>More than the scrapers of one program need.</summary>
    private const int ConnectionsMax = 64;

    private readonly MeterProvider metrics;
    private readonly WebApplication server;

    private JobtreeMetricsServer(MeterProvider metrics, WebApplication server) =>
        (this.metrics, this.server) = (metrics, server);

    /// <summary>The address of the page.</summary>
    public Uri Address => new(new Uri(server.Urls.First()), "/metrics");

    /// <summary>Stops serving; the port is free afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        metrics.Dispose();
    }

    internal static async Task<JobtreeMetricsServer> Start(IPEndPoint endpoint, string[] meters)
    {
        var metrics = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meters)
            // A label with the meter's name on every series would say nothing.
            .AddPrometheusExporter(static exporter => exporter.ScopeInfoEnabled = false)
            .Build();
        var server = Build(endpoint, metrics);
        try
        {
            await server.StartAsync();
            return new JobtreeMetricsServer(metrics, server);
        }
        catch (IOException refusal)
        {
            await server.DisposeAsync();
            metrics.Dispose();
            throw new IOException($"The port for metrics, {endpoint}, cannot be had: "
                + $"{(refusal.InnerException ?? refusal).Message} Choose another, or 0 for a free one.", refusal);
        }
    }

    private static WebApplication Build(IPEndPoint endpoint, MeterProvider metrics)
    {
        // The empty builder reads no settings: a stray file or variable must not open another address.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Listen(endpoint);
        });
        var app = builder.Build();
        var isLocal = IPAddress.IsLoopback(endpoint.Address);
        app.Use((http, next) =>
        {
            // A web page must not read a local server through the user's browser, not even by DNS rebinding.
            if (!isLocal || http.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]")
                return next(http);
            http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return Task.CompletedTask;
        });
        app.UseOpenTelemetryPrometheusScrapingEndpoint(metrics, null, "/metrics", null, null);
        return app;
    }
}

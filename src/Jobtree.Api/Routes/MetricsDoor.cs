using System.Net;
using Jobtree.Api.Observing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Api.Routes;

/// <summary>
/// The port for monitoring: metrics and probes, without tokens, and nothing else. Its connections are marked where they
/// are accepted, so no header can make a request to the API's port one of them.
/// </summary>
internal static class MetricsDoor
{
    /// <summary>The eighths of the descriptors for connections that the port takes from the API's.</summary>
    public const int Eighths = 1;

    private const int ConnectionsMax = 256;
    private static readonly string[] Paths = ["/metrics", "/healthz", "/readyz"];

    /// <summary>Listens on the port, if one is configured.</summary>
    public static void Listen(KestrelServerOptions server, ApiOptions options, FleetMetrics metrics)
    {
        if (options.MetricsEndpoint is not { } endpoint)
            return;
        // Its connections are counted apart: who fills the API's port does not keep a probe out.
        var connections = new ConnectionLimit("metrics", ConnectionLimit.WithinDescriptors(
            ConnectionsMax, ConnectionLimit.Limits(), Eighths), metrics);
        server.Listen(endpoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(connections.Around);
            listen.Use(next => connection =>
            {
                connection.Features.Set(new Mark());
                return next(connection);
            });
        });
    }

    /// <summary>Answers the requests of the port; others go on to the API.</summary>
    public static RequestDelegate Middleware(IServiceProvider services, RequestDelegate api)
    {
        var options = services.GetRequiredService<ApiOptions>();
        if (options.MetricsEndpoint is not { } endpoint)
            return api;
        var isLocal = IPAddress.IsLoopback(endpoint.Address);
        var (fleet, page) = (services.GetRequiredService<FleetSeries>(), services.GetService<IMetricsPage>());
        return http => http.Features.Get<Mark>() is null ? api(http) : Serve(http, options, fleet, page, isLocal);
    }

    private static Task Serve(
        HttpContext http, ApiOptions options, FleetSeries fleet, IMetricsPage? page, bool isLocal)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        // Scrapers name a pod by any address; but on this machine a web page must not read the metrics through the
        // user's browser, not even by DNS rebinding.
        if (isLocal && http.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
            return Refuse(http, ProblemKind.BadHost, "The header Host must name this machine's loopback address.");
        if (!HttpMethods.IsGet(http.Request.Method))
            return Refuse(http, ProblemKind.MethodNotAllowed, "This port answers GET only.");
        return http.Request.Path.Value switch
        {
            "/metrics" when page is not null => WritePage(http, fleet, page),
            "/healthz" => Probe(http, options.NotAliveBecause(), "ok"),
            "/readyz" => Probe(http, options.NotReadyBecause(), "ready"),
            _ => Refuse(http, ProblemKind.NotFound, $"This port has {string.Join(", ", Paths)} and nothing else."),
        };
    }

    private static async Task WritePage(HttpContext http, FleetSeries fleet, IMetricsPage page)
    {
        await fleet.Refresh(http.RequestAborted);
        await page.Write(http);
    }

    private static Task Probe(HttpContext http, string? reason, string status)
    {
        if (reason is not null)
            return Refuse(http, ProblemKind.Unavailable, reason);
        http.Response.ContentType = MediaTypes.Json;
        return http.Response.WriteAsync($"{{\"status\":\"{status}\"}}", http.RequestAborted);
    }

    private static Task Refuse(HttpContext http, ProblemKind kind, string detail) =>
        ProblemWriter.Write(http, new ApiProblem(kind, detail));

    /// <summary>Marks a connection to the port.</summary>
    private sealed class Mark;
}

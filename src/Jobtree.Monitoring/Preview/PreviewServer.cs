using Jobtree.Monitoring.Dashboards;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Monitoring.Preview;

/// <summary>
/// Serves the page, the dashboards, and those queries of the Prometheus that the page needs, on the loopback address.
/// </summary>
internal static class PreviewServer
{
    private const string Policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Serves until it is stopped.</summary>
    public static async Task<int> Run(Uri prometheus, int port, int scrapeIntervalSeconds, CancellationToken stopping)
    {
        await using var server = Make(prometheus, port, scrapeIntervalSeconds);
        try
        {
            await server.StartAsync(stopping);
        }
        catch (IOException busy)
        {
            await Console.Error.WriteLineAsync($"The port {port} cannot be used: {busy.Message}");
            return 1;
        }

        Console.WriteLine($"Dashboards with the data of {prometheus}: {AddressOf(server)}  Stop with Ctrl-C.");
        await server.WaitForShutdownAsync(stopping);
        return 0;
    }

    /// <summary>Makes the server; it is not started yet.</summary>
    public static WebApplication Make(Uri prometheus, int port, int scrapeIntervalSeconds)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        var server = builder.Build();
        server.Use(Guard);
        server.MapGet("/", () => PageFile.Read("index.html").Send());
        server.MapGet("/page/{name}", (string name) => PageFile.Find(name)?.Send() ?? Results.NotFound());
        server.MapGet("/settings", () => Results.Text(
            $$"""{"scrapeInterval": {{scrapeIntervalSeconds}}}""", "application/json"));
        server.MapGet("/dashboards", () => Results.Text(
            $"[{string.Join(",\n", AllDashboards.Make().Select(DashboardJson.Write))}]", "application/json"));
        new PrometheusProxy(prometheus).Map(server);
        return server;
    }

    /// <summary>The address at which it serves.</summary>
    public static string AddressOf(WebApplication server) => server.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>
    /// Answers only requests to a loopback name: a page of another site could otherwise read the data through a name of
    /// its own that points here.
    /// </summary>
    private static Task Guard(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        if (context.Request.Host.Host is "localhost" or "127.0.0.1")
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("The preview answers to localhost and 127.0.0.1 only.");
    }
}

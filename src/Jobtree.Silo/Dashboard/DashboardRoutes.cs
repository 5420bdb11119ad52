using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace Jobtree.Silo.Dashboard;

/// <summary>Orleans' dashboard under <c>/dashboard</c>, behind the API's host and origin checks and tokens.</summary>
internal static class DashboardRoutes
{
    public const string Root = "/dashboard";

    private const int CounterIntervalMs = 2000;

    /// <summary>
    /// Adds the dashboard to a silo, without its log view: logs belong where access to them is controlled.
    /// </summary>
    public static ISiloBuilder AddGuardedDashboard(this ISiloBuilder silo) => silo.AddDashboard(static options =>
    {
        options.HideTrace = true;
        options.CounterUpdateIntervalMs = CounterIntervalMs;
    });

    /// <summary>Serves the dashboard's pages; call it after the API's own pipeline is set up.</summary>
    public static void UseGuardedDashboard(this WebApplication app)
    {
        // Mapping the pages loads all their files and compiles their handlers, 60 MB that a silo does without until
        // somebody looks at them.
        var pages = new Lazy<RequestDelegate>(() => Pages(app.Services));
        app.Use(next => http => http.GetEndpoint() is null && http.Request.Path.StartsWithSegments(Root)
            ? pages.Value(http) : next(http));
    }

    private static RequestDelegate Pages(IServiceProvider services)
    {
        var pages = new ApplicationBuilder(services);
        pages.UseRouting();
        pages.UseMiddleware<DashboardDoor>();
        pages.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Root).WithMetadata(new BehindDoor()));
        return pages.Build();
    }
}

using Jobtree.Api.Access;
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
    public static ISiloBuilder AddGuardedDashboard(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<DashboardSessions>().AddSingleton<SignIn>();
        return silo.AddDashboard(options =>
        {
            options.HideTrace = true;
            options.CounterUpdateIntervalMs = CounterIntervalMs;
        });
    }

    /// <summary>Maps the dashboard's pages; call it after the API's own pipeline is set up.</summary>
    public static void UseGuardedDashboard(this WebApplication app)
    {
        app.UseMiddleware<DashboardDoor>();
        app.MapOrleansDashboard(Root).WithMetadata(new BehindDoor());
        app.MapGet($"{Root}/sign-in", (HttpContext http) => SignIn.Write(http, StatusCodes.Status200OK, ""));
        var sessions = app.Services.GetRequiredService<DashboardSessions>();
        app.Services.GetRequiredService<OperatorAccess>().TokensReplaced += sessions.End;
        var signIn = app.Services.GetRequiredService<SignIn>();
        app.MapPost($"{Root}/sign-in", (HttpContext http) => signIn.Take(http));
    }
}

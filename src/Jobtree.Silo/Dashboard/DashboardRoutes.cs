using Jobtree.Api.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace Jobtree.Silo.Dashboard;

/// <summary>
/// Orleans' dashboard under <c>/dashboard</c>, behind the API's checks of host and origin and its tokens.
/// </summary>
internal static class DashboardRoutes
{
    public const string Root = "/dashboard";

    private const int CounterIntervalMs = 2000;

    /// <summary>
    /// Adds the dashboard to a silo. It shows no log lines: those belong where logs are kept and guarded.
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

    /// <summary>Maps the dashboard's pages; called after the API's own pipeline stands.</summary>
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

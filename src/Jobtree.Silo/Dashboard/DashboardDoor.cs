using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Silo.Dashboard;

/// <summary>
/// Admits operators of the whole fleet to the dashboard, since it shows the grains of all owners. They use the API's
/// bearer token, or the session that a browser obtained with one. Where the API requires no tokens, on a loopback
/// address, the dashboard requires none.
/// </summary>
internal sealed class DashboardDoor(
    RequestDelegate next, OperatorAccess access, DashboardSessions sessions, AuditTrail audit)
{
    // The dashboard's script sets inline styles; everything else must come from this origin.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src " +
        "'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<BehindDoor>() is null)
        {
            await next(http);
            return;
        }
        var standing = await access.Of(http.Request);
        var isSignedIn = standing == Standing.Unknown && sessions.Has(http.Request.Cookies[SignIn.Cookie]);
        if (standing != Standing.Operator && !isSignedIn)
        {
            await Refuse(http, standing);
            return;
        }
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        await next(http);
    }

    private async Task Refuse(HttpContext http, Standing standing)
    {
        await audit.Record(http, standing == Standing.Unknown ? StatusCodes.Status401Unauthorized
            : StatusCodes.Status403Forbidden);
        var accept = http.Request.Headers.Accept.ToString();
        var wantsPage = accept.Contains("text/html", StringComparison.OrdinalIgnoreCase);
        await (standing == Standing.Unknown && wantsPage
            ? SignIn.Write(http, StatusCodes.Status401Unauthorized, "")
            : OperatorAccess.Refuse(http, standing, SignIn.Needed));
    }
}

/// <summary>Marks the endpoints guarded by <see cref="DashboardDoor"/>.</summary>
internal sealed record BehindDoor;

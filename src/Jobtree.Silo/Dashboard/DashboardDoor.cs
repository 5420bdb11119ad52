using Jobtree.Api.Access;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Silo.Dashboard;

/// <summary>
/// Admits operators of the whole fleet to the dashboard, since it shows the grains of all owners. They use the API's
/// bearer token, or a browser that is signed in with one. Where the API requires no tokens, on a loopback address, the
/// dashboard requires none.
/// </summary>
internal sealed class DashboardDoor(RequestDelegate next, OperatorAccess access)
{
    // The dashboard's script sets inline styles; everything else must come from this origin.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src " +
        "'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private const string Needed =
        "The dashboard shows the grains of all owners: it needs a token with the role operator and the owner '*'.";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<BehindDoor>() is null)
        {
            await next(http);
            return;
        }
        if (!await access.Admits(http, Needed))
            return;
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        await next(http);
    }
}

/// <summary>Marks the endpoints guarded by <see cref="DashboardDoor"/>.</summary>
internal sealed record BehindDoor;

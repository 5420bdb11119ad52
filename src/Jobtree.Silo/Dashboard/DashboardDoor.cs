using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Silo.Dashboard;

/// <summary>
/// Lets operators of the whole fleet in to the dashboard, since it shows the grains of all owners: by the API's bearer
/// token, or by the session that a browser got for one. Where the API asks for no tokens, on a loopback address, the
/// dashboard asks for none.
/// </summary>
internal sealed class DashboardDoor(RequestDelegate next, ApiAccess access, DashboardSessions sessions)
{
    // The dashboard's page sets styles from its script; nothing else may come from anywhere but here.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Whether a caller may see the grains of all owners.</summary>
    public static bool MayEnter(Caller caller) => caller is { Role: Role.Operator, IsForAll: true };

    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<BehindDoor>() is null)
            return next(http);
        var caller = access.CallerOf(http.Request);
        if (caller is null ? !sessions.Has(http.Request.Cookies[SignIn.Cookie]) : !MayEnter(caller))
            return Refuse(http, caller);
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return next(http);
    }

    private static Task Refuse(HttpContext http, Caller? caller)
    {
        if (caller is not null)
            return ProblemWriter.Write(http, new ApiProblem(ProblemKind.Forbidden, SignIn.Needed));
        return http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? SignIn.Write(http, StatusCodes.Status401Unauthorized, "")
            : ProblemWriter.Write(http, new ApiProblem(
                ProblemKind.Unauthenticated, "Send a valid token in the header 'Authorization: Bearer TOKEN'."));
    }
}

using Jobtree.Api.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Jobtree.Api.Auditing;

/// <summary>Where something that the audit log tells of came from.</summary>
/// <param name="Address">The address; absent: not known.</param>
/// <param name="Method">The HTTP method, or <c>CALL</c>.</param>
/// <param name="Route">The route, or the called method.</param>
/// <param name="Target">What it is about, if nobody says more.</param>
internal sealed record AuditSource(string? Address, string Method, string Route, string? Target)
{
    /// <summary>The method of what came from a client of the cluster.</summary>
    public const string Call = "CALL";

    private const string ClusterClient = "cluster client";

    /// <summary>A request of the API.</summary>
    public static AuditSource Of(HttpContext http) => new(
        http.Connection.RemoteIpAddress?.ToString(),
        http.Request.Method is "GET" or "POST" or "DELETE" ? http.Request.Method : "other",
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none", TargetOf(http));

    /// <summary>A call of a client of the cluster.</summary>
    /// <param name="method">The called method.</param>
    /// <param name="address">The client's address, if it is known.</param>
    public static AuditSource OfClient(string method, string? address = null) =>
        new(address is null ? ClusterClient : $"{ClusterClient} {address}", Call, method, null);

    /// <summary>What the path names, if that can be a name.</summary>
    private static string? TargetOf(HttpContext http)
    {
        var values = http.Request.RouteValues;
        if (values.GetValueOrDefault("name") is not string name || !Names.IsName(name))
            return null;
        return values.GetValueOrDefault("namespace") is string home && Names.IsLabel(home) ? $"{home}/{name}" : name;
    }
}

using System.Net;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>
/// Admits requests for a served host; requests from a web page must also come from an allowed origin. A foreign page
/// therefore cannot reach the API through the user's browser, not even by DNS rebinding.
/// </summary>
internal sealed class Gate
{
    private readonly HashSet<string> hosts;
    private readonly HashSet<string> origins;

    public Gate(ApiOptions options)
    {
        hosts = new HashSet<string>(
            ["localhost", "127.0.0.1", "[::1]", .. options.AllowedHosts], StringComparer.OrdinalIgnoreCase);
        if (!options.Address.Equals(IPAddress.Any) && !options.Address.Equals(IPAddress.IPv6Any))
            hosts.Add(new HostString(options.Address.ToString(), 1).Host);
        origins = new HashSet<string>(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Why a request is refused; null: admitted.</summary>
    public ApiProblem? Refusal(HttpRequest request)
    {
        if (!hosts.Contains(request.Host.Host))
            return new ApiProblem(ProblemKind.BadHost,
                "The header Host names a host that this API does not serve; it can be allowed in the host's options.");
        var origin = request.Headers.Origin;
        return origin.Count == 0 || (origin is [{ } from] && (IsOwn(request, from) || origins.Contains(from)))
            ? null
            : new ApiProblem(ProblemKind.BadOrigin,
                "The header Origin names a web page that may not use this API; it can be allowed in the host's " +
                "options.");
    }

    private static bool IsOwn(HttpRequest request, string origin) =>
        origin.Length == request.Scheme.Length + 3 + request.Host.Value!.Length
        && origin.StartsWith(request.Scheme, StringComparison.OrdinalIgnoreCase)
        && origin.AsSpan(request.Scheme.Length).StartsWith("://")
        && origin.EndsWith(request.Host.Value, StringComparison.OrdinalIgnoreCase);
}

using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>How a request stands to the whole fleet.</summary>
public enum Standing
{
    /// <summary>It has no token that is known.</summary>
    Unknown,

    /// <summary>Its token may do something, but not everything.</summary>
    Limited,

    /// <summary>It may do everything, for all owners.</summary>
    Operator,
}

/// <summary>
/// Guards pages that a host serves beside the API for operators of the whole fleet, by the API's own tokens.
/// </summary>
public sealed class OperatorAccess
{
    private readonly ApiAccess access;

    internal OperatorAccess(ApiAccess access)
    {
        this.access = access;
        access.Replaced += () => TokensReplaced?.Invoke();
    }

    /// <summary>Raised when other tokens are accepted from now on: sessions begun with the old ones must end.</summary>
    public event Action? TokensReplaced;

    /// <summary>The standing of whoever sent a request, by its bearer token.</summary>
    /// <param name="request">The request.</param>
    public Standing Of(HttpRequest request) => Of(access.CallerOf(request));

    /// <summary>The standing of a token's bearer. Where the API asks for no tokens, everybody is an operator.</summary>
    /// <param name="token">The token.</param>
    public Standing Of(string token) => Of(access.Tokens is { } tokens ? tokens.Find(token) : Caller.Local);

    /// <summary>Refuses a request as the API does.</summary>
    /// <param name="http">The request.</param>
    /// <param name="standing">Its standing, which is not enough.</param>
    /// <param name="needed">What is needed, a sentence.</param>
    public static Task Refuse(HttpContext http, Standing standing, string needed) => ProblemWriter.Write(http,
        standing == Standing.Unknown
            ? new ApiProblem(ProblemKind.Unauthenticated,
                "Send a valid token in the header 'Authorization: Bearer TOKEN'.")
            : new ApiProblem(ProblemKind.Forbidden, needed));

    private static Standing Of(Caller? caller) => caller switch
    {
        null => Standing.Unknown,
        { Role: Role.Operator, IsForAll: true } => Standing.Operator,
        _ => Standing.Limited,
    };
}

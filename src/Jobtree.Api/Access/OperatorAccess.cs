using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>The access of a request to the whole fleet.</summary>
public enum Standing
{
    /// <summary>The request has no accepted token.</summary>
    Unknown,

    /// <summary>The token grants some access, but not operator access.</summary>
    Limited,

    /// <summary>The token grants operator access for all owners.</summary>
    Operator,
}

/// <summary>
/// Guards pages that a host serves beside the API for operators of the whole fleet. Access uses the API's tokens.
/// </summary>
public sealed class OperatorAccess
{
    private readonly ApiAccess access;

    internal OperatorAccess(ApiAccess access)
    {
        this.access = access;
        access.Replaced += () => TokensReplaced?.Invoke();
    }

    /// <summary>Raised after the accepted tokens change: sessions started with the old tokens must end.</summary>
    public event Action? TokensReplaced;

    /// <summary>The standing of the sender of a request, by its bearer token.</summary>
    /// <param name="request">The request.</param>
    public async ValueTask<Standing> Of(HttpRequest request) => Of(await Asked(access.CallerOf(request)));

    /// <summary>The standing of a token's bearer, and when it ends; absent: with the token. If the API requires no
    /// tokens, everyone is an operator.</summary>
    /// <param name="token">The token.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<(Standing Standing, DateTimeOffset? Ends)> Of(
        string token, CancellationToken cancellation)
    {
        var caller = await Asked(access.CallerOf(token, cancellation));
        return (Of(caller), caller?.Expires);
    }

    /// <summary>Refuses a request as the API does.</summary>
    /// <param name="http">The request.</param>
    /// <param name="standing">Its insufficient standing.</param>
    /// <param name="needed">What is required, as a sentence.</param>
    public static Task Refuse(HttpContext http, Standing standing, string needed) => ProblemWriter.Write(http,
        standing == Standing.Unknown
            ? new ApiProblem(ProblemKind.Unauthenticated,
                "Send a valid token in the header 'Authorization: Bearer TOKEN'.")
            : new ApiProblem(ProblemKind.Forbidden, needed));

    /// <summary>The caller; nobody while an issuer cannot be asked for its keys.</summary>
    private static async ValueTask<Caller?> Asked(ValueTask<Caller?> caller)
    {
        try
        {
            return await caller;
        }
        catch (IssuerUnavailableException)
        {
            return null;
        }
    }

    private static Standing Of(Caller? caller) => caller switch
    {
        null => Standing.Unknown,
        { Role: Role.Operator, IsForAll: true } => Standing.Operator,
        _ => Standing.Limited,
    };
}

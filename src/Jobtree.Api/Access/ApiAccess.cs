using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>
/// Who may use the API: bearers of the token file's tokens, and of an issuer's. The token set is replaced atomically: a
/// request sees either the old set or the new one.
/// </summary>
/// <param name="tokens">The accepted tokens of a file; null: there is no file.</param>
/// <param name="issuer">Accepts the tokens of an issuer; null: there is none.</param>
internal sealed class ApiAccess(TokenSet? tokens, OidcTokens? issuer = null)
{
    private const string BearerPrefix = "Bearer ";

    private volatile TokenSet? tokens = tokens;

    /// <summary>
    /// Raised after the accepted tokens change, so that long-lived streams can check their access again.
    /// </summary>
    public event Action? Replaced;

    public TokenSet? Tokens => tokens;

    /// <summary>Whether a request needs a token.</summary>
    public bool AsksForTokens => tokens is not null || issuer is not null;

    /// <summary>The caller of a request; null: the request has no accepted token.</summary>
    /// <exception cref="IssuerUnavailableException">Nothing can be said of the token now.</exception>
    public ValueTask<Caller?> CallerOf(HttpRequest request) =>
        !AsksForTokens ? new(Caller.Local)
        : BearerOf(request) is { } token ? CallerOf(token, request.HttpContext.RequestAborted)
        : new((Caller?)null);

    /// <summary>The bearer of a token; null: it is not accepted.</summary>
    /// <exception cref="IssuerUnavailableException">Nothing can be said of the token now.</exception>
    public ValueTask<Caller?> CallerOf(string token, CancellationToken cancellation)
    {
        if (!AsksForTokens)
            return new(Caller.Local);
        var found = tokens?.Find(token);
        return found is not null || issuer is null ? new(found) : issuer.Find(token, cancellation);
    }

    /// <summary>Whether the token of a request still makes the same caller, after the tokens were replaced.</summary>
    public bool IsStill(HttpRequest request, Caller caller) => IsStill(BearerOf(request), caller);

    /// <summary>Whether a token still makes the same caller, after the tokens were replaced.</summary>
    public bool IsStill(string? token, Caller caller) => caller.Expires is not null || !AsksForTokens
        || (token is not null && tokens?.Find(token)?.IsAs(caller) == true);

    public void Replace(TokenSet next)
    {
        tokens = next;
        Replaced?.Invoke();
    }

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(
            BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : null;
}

using Jobtree.Api.SigningIn;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>
/// Who may use the API: bearers of the token file's tokens, and of an issuer's. The token set is replaced atomically: a
/// request sees either the old set or the new one. A browser that is signed in may read as its token may.
/// </summary>
internal sealed class ApiAccess
{
    private const string BearerPrefix = "Bearer ";

    private readonly OidcTokens? issuer;
    private readonly WebSessions sessions;
    private readonly TimeProvider time;
    private volatile TokenSet? tokens;

    /// <param name="tokens">The accepted tokens of a file; null: there is no file.</param>
    /// <param name="issuer">Accepts the tokens of an issuer; null: there is none.</param>
    /// <param name="sessions">The browsers that are signed in.</param>
    /// <param name="time">The clock by which tokens of the file end.</param>
    public ApiAccess(TokenSet? tokens, OidcTokens? issuer, WebSessions sessions, TimeProvider time)
    {
        (this.tokens, this.issuer, this.sessions, this.time) = (tokens, issuer, sessions, time);
        sessions.Ended += () => Replaced?.Invoke();
    }

    /// <summary>
    /// Raised after tokens or sessions are not accepted any more, so that long-lived streams can check their access
    /// again.
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
        : new(SessionOf(request));

    /// <summary>The bearer of a token; null: it is not accepted.</summary>
    /// <exception cref="IssuerUnavailableException">Nothing can be said of the token now.</exception>
    public ValueTask<Caller?> CallerOf(string token, CancellationToken cancellation)
    {
        if (!AsksForTokens)
            return new(Caller.Local);
        var found = OfFile(token);
        return found is not null || issuer is null ? new(found) : issuer.Find(token, cancellation);
    }

    /// <summary>Whether the token of a request still makes the same caller, after the tokens were replaced.</summary>
    public bool IsStill(HttpRequest request, Caller caller) => BearerOf(request) is { } token
        ? IsStill(token, caller) : !AsksForTokens || SessionOf(request) is not null;

    /// <summary>Whether a token still makes the same caller, after the tokens were replaced.</summary>
    public bool IsStill(string? token, Caller caller) => caller.IsOfIssuer || !AsksForTokens
        || (token is not null && OfFile(token)?.IsAs(caller) == true);

    public void Replace(TokenSet next)
    {
        tokens = next;
        sessions.End();
    }

    private Caller? OfFile(string token) =>
        tokens?.Find(token) is { } found && !(found.Expires <= time.GetUtcNow()) ? found : null;

    // A browser sends its cookies also with what pages of others have it do. They get no answer to read, and what only
    // reads changes nothing.
    private Caller? SessionOf(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Authorization.Count == 0 ? sessions.Of(request) : null;

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(
            BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : null;
}

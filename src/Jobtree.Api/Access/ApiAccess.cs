using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>
/// Who may use the API. The token set is replaced atomically: a request sees either the old set or the new one.
/// </summary>
/// <param name="tokens">The accepted tokens; null: the API requires no tokens.</param>
internal sealed class ApiAccess(TokenSet? tokens)
{
    private volatile TokenSet? tokens = tokens;

    /// <summary>
    /// Raised after the accepted tokens change, so that long-lived streams can check their access again.
    /// </summary>
    public event Action? Replaced;

    public TokenSet? Tokens => tokens;

    /// <summary>The caller of a request; null: the request has no accepted token.</summary>
    public Caller? CallerOf(HttpRequest request) => tokens is { } asked ? asked.Find(request) : Caller.Local;

    public void Replace(TokenSet next)
    {
        tokens = next;
        Replaced?.Invoke();
    }
}

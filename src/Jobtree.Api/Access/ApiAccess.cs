using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>Who may use the API. The tokens are replaced as one: a request sees those before or those after.</summary>
/// <param name="tokens">The tokens accepted; null: none are asked for.</param>
internal sealed class ApiAccess(TokenSet? tokens)
{
    private volatile TokenSet? tokens = tokens;

    /// <summary>Told when other tokens are accepted from now on, so that what goes on for long can ask again.</summary>
    public event Action? Replaced;

    public TokenSet? Tokens => tokens;

    /// <summary>Who sent a request; null: nobody whom the tokens know.</summary>
    public Caller? CallerOf(HttpRequest request) => tokens is { } asked ? asked.Find(request) : Caller.Local;

    public void Replace(TokenSet next)
    {
        tokens = next;
        Replaced?.Invoke();
    }
}

using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;

namespace Jobtree.Cli.SigningIn;

/// <summary>The token that a server will accept, of those that an issuer gave.</summary>
/// <param name="Token">The token.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="RefreshToken">What gets the next one; absent: nothing does.</param>
internal sealed record IssuedTokens(string Token, DateTimeOffset Expires, string? RefreshToken)
{
    /// <summary>
    /// Picks the access token if it is a JWT for the server's audience, else the id token if that one is: the server
    /// verifies audience and signature, and would refuse every other.
    /// </summary>
    /// <param name="answer">The issuer's answer.</param>
    /// <param name="audience">The server's audience.</param>
    public static Result<IssuedTokens> Pick(IssuerAnswer answer, string audience)
    {
        var refresh = Read(answer, "refresh_token");
        var seen = new List<string>();
        foreach (var (member, name) in new[] { ("access_token", "access token"), ("id_token", "id token") })
        {
            var token = Read(answer, member);
            var claims = token is null ? null : JwtClaims.Read(token);
            if (claims?.Audiences.Contains(audience) == true)
                return new IssuedTokens(token!, claims.Expires, refresh);
            seen.Add(token is null ? $"there is no {name}" : claims is null ? $"the {name} is no JWT that ends"
                : $"the {name} is for '{string.Join("', '", claims.Audiences)}'");
        }
        return new Problem(ProblemCode.Forbidden,
            $"The issuer gave no token for '{audience}', the server's --oidc-audience: {string.Join(", ", seen)}. "
            + "Nothing was kept.");
    }

    private static string? Read(IssuerAnswer answer, string member) =>
        IssuerJson.Text(answer.Body, member, BearerToken.LengthMax) is { } text && BearerToken.IsToken(text) ? text
            : null;
}

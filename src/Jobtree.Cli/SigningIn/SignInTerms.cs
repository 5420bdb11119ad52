using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>What a server says about signing in for it.</summary>
/// <param name="Issuer">Who signs tokens for it.</param>
/// <param name="Audience">Whom such a token must be for.</param>
/// <param name="ClientId">The public client as which to ask for one.</param>
/// <param name="Scopes">The scopes to ask for.</param>
internal sealed record SignInTerms(Uri Issuer, string Audience, string ClientId, string Scopes)
{
    private const int TextLengthMax = 256;

    /// <summary>Reads the terms.</summary>
    /// <param name="told">What the server answered.</param>
    /// <param name="server">The server.</param>
    public static Result<SignInTerms> Read(JsonElement told, Uri server)
    {
        if (IssuerJson.Text(told, "issuer", IssuerAddress.LengthMax) is not { } issuer
            || IssuerJson.Text(told, "audience", TextLengthMax) is not { } audience
            || IssuerJson.Text(told, "clientId", TextLengthMax) is not { } client
            || IssuerJson.Text(told, "scopes", TextLengthMax) is not { } scopes)
            return new Problem(ProblemCode.Unavailable, $"What {server} says about signing in is not understood.");
        // Only a server of this machine may have this machine asked without a certificate.
        return IssuerAddress.TryParse(issuer, mayBePlain: server.IsLoopback, out var address)
            && address.Query.Length == 0
            ? new SignInTerms(address, audience, client, scopes)
            : new Problem(ProblemCode.Invalid,
                $"{server} names the issuer '{issuer}', which is none to trust: expected https://HOST/PATH.");
    }
}

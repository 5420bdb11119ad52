using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Jobtree.Api.SigningIn;

/// <summary>
/// What ties a sign-in to the browser that began it: a secret in a cookie of that browser, from which everything that
/// the issuer is told is derived. No host keeps it, so any host of a fleet can end what another one began.
/// </summary>
/// <param name="Text">The secret.</param>
internal readonly record struct FlowSecret(string Text)
{
    private const int Bytes = 32;
    private const int Length = 43;

    /// <summary>Comes back from the issuer with the browser: only the browser that went there has it.</summary>
    public string State => Derive("state");

    /// <summary>Is in the issuer's id token: it was made for this sign-in.</summary>
    public string Nonce => Derive("nonce");

    /// <summary>Shows the issuer that who has the code also began the sign-in (PKCE, RFC 7636).</summary>
    public string Verifier => Derive("verifier");

    /// <summary>The hash of the verifier, which the issuer is told before.</summary>
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>Draws a secret.</summary>
    public static FlowSecret New() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes)));

    /// <summary>The secret in a cookie; null: the cookie is none of this host's.</summary>
    public static FlowSecret? Read(string? cookie) =>
        cookie is { Length: Length } && cookie.All(char.IsAscii) ? new FlowSecret(cookie) : null;

    /// <summary>Whether a state is that of this secret.</summary>
    public bool HasState(string? state) => state is not null && CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(state), Encoding.UTF8.GetBytes(State));

    private string Derive(string what) => Base64Url.EncodeToString(
        HMACSHA256.HashData(Encoding.ASCII.GetBytes(Text), Encoding.ASCII.GetBytes(what)));
}

using System.Net;

namespace Jobtree.Api.Access;

/// <summary>
/// An issuer of tokens by OpenID Connect, beside the token file: which tokens of it are accepted, and what they say.
/// </summary>
public sealed record OidcOptions
{
    private const int TextLengthMax = 256;
    private const int SecretBytesMax = 4096;

    /// <summary>The issuer, as its tokens name it; its discovery document is below it. HTTPS, or a loopback address.
    /// </summary>
    public required Uri Issuer { get; init; }

    /// <summary>The audience that a token must name: this fleet, as the issuer knows it.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim with the owners that the bearer acts for: a text, or a list of them.</summary>
    public string OwnersClaim { get; init; } = "jobtree_owners";

    /// <summary>The claim with the bearer's role; of several the highest counts.</summary>
    public string RoleClaim { get; init; } = "jobtree_role";

    /// <summary>
    /// The public client as which people sign in at the issuer, with a device code and in a browser; absent: they get
    /// tokens elsewhere.
    /// </summary>
    public string? ClientId { get; init; }

    /// <summary>The client as which people sign in in a browser, if it is another one.</summary>
    public string? WebClientId { get; init; }

    /// <summary>The file with the secret of that client; absent: it is a public one, which has none.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>The scopes that a sign-in asks for, with spaces between them.</summary>
    public string Scopes { get; init; } = "openid";

    /// <summary>The errors of these options, one sentence each; empty if there are none.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (!Issuer.IsAbsoluteUri || Issuer.Query.Length > 0 || Issuer.Fragment.Length > 0
            || (Issuer.Scheme != Uri.UriSchemeHttps && !(Issuer.Scheme == Uri.UriSchemeHttp && IsLoopback)))
            errors.Add($"The issuer '{Issuer}' is not one: write https://HOST/PATH. Whoever could change its keys on "
                + "the way could be anybody.");
        if (Audience.Length is 0 or > 256)
            errors.Add("The audience must be a text of 1 to 256 characters.");
        if (OwnersClaim.Length == 0 || RoleClaim.Length == 0)
            errors.Add("The claims of owners and of the role must have names.");
        if (new[] { ClientId, WebClientId }.Any(client => client is not null && !IsText(client, blanks: false)))
            errors.Add($"The client id must be 1 to {TextLengthMax} visible ASCII characters.");
        if (ClientSecretFile is not null && WebClient is null)
            errors.Add("The file with a client's secret needs a client id.");
        if (!IsText(Scopes, blanks: true) || Scopes.Trim() != Scopes)
            errors.Add($"The scopes must be words with a space between them, such as 'openid offline_access'; "
                + $"{TextLengthMax} characters at most.");
        return errors;
    }

    /// <summary>The client as which people sign in in a browser; null: nobody does.</summary>
    internal string? WebClient => WebClientId ?? ClientId;

    /// <summary>The client's secret; null: it has none. The file is read anew, so that it can be replaced.</summary>
    /// <exception cref="ArgumentException">The file cannot be read, or others may read it.</exception>
    internal string? ReadClientSecret()
    {
        if (ClientSecretFile is not { } file)
            return null;
        var secret = SecretFile.ReadText("The client secret file", file, SecretBytesMax).Trim();
        return IsText(secret, blanks: false, SecretBytesMax) ? secret
            : throw new ArgumentException($"The client secret file {file} has no secret: visible ASCII characters.");
    }

    private static bool IsText(string text, bool blanks, int lengthMax = TextLengthMax) =>
        text.Length > 0 && text.Length <= lengthMax
        && text.All(character => character is > ' ' and <= '~' || (blanks && character == ' '));

    private bool IsLoopback => Issuer.IsLoopback
        || (IPAddress.TryParse(Issuer.Host, out var address) && IPAddress.IsLoopback(address));
}

using System.Net;

namespace Jobtree.Api.Access;

/// <summary>
/// An issuer of tokens by OpenID Connect, beside the token file: which tokens of it are accepted, and what they say.
/// </summary>
public sealed record OidcOptions
{
    /// <summary>The issuer, as its tokens name it; its discovery document is below it. HTTPS, or a loopback address.
    /// </summary>
    public required Uri Issuer { get; init; }

    /// <summary>The audience that a token must name: this fleet, as the issuer knows it.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim with the owners that the bearer acts for: a text, or a list of them.</summary>
    public string OwnersClaim { get; init; } = "jobtree_owners";

    /// <summary>The claim with the bearer's role; of several the highest counts.</summary>
    public string RoleClaim { get; init; } = "jobtree_role";

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
        return errors;
    }

    private bool IsLoopback => Issuer.IsLoopback
        || (IPAddress.TryParse(Issuer.Host, out var address) && IPAddress.IsLoopback(address));
}

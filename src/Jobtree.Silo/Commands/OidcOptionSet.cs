using System.CommandLine;
using Jobtree.Api.Access;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c> for an issuer of tokens by OpenID Connect.</summary>
internal sealed class OidcOptionSet
{
    private readonly Option<string?> issuer = new("--oidc-issuer")
    {
        Description = "Accept the tokens of this issuer as well, such as https://login.example.org/realms/gpus; its "
            + "keys are read from its discovery document.",
    };
    private readonly Option<string?> audience = new("--oidc-audience")
    {
        Description = "The audience that the issuer's tokens must name: this fleet, as the issuer knows it.",
    };
    private readonly Option<string?> owners = new("--oidc-owners-claim")
    {
        Description = "The claim with the owners that a bearer acts for, a text or a list. Default: jobtree_owners.",
    };
    private readonly Option<string?> role = new("--oidc-role-claim")
    {
        Description = "The claim with a bearer's role: viewer, submitter or operator. Default: jobtree_role.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { issuer, audience, owners, role })
            command.Options.Add(option);
    }

    /// <summary>Reads the issuer; null: none is given.</summary>
    /// <exception cref="ArgumentException">An option is missing, or is not what it must be.</exception>
    public OidcOptions? Read(ParseResult parsed)
    {
        if (parsed.GetValue(issuer) is not { } text)
        {
            return new[] { audience, owners, role }.FirstOrDefault(option => parsed.GetValue(option) is not null)
                is { } other ? throw new ArgumentException($"{other.Name} needs --oidc-issuer.") : null;
        }
        if (parsed.GetValue(audience) is not { } named)
            throw new ArgumentException(
                "--oidc-issuer needs --oidc-audience: without it, a token that the issuer made for somebody else would "
                + "be accepted here.");
        var usual = new OidcOptions { Issuer = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri
            : throw new ArgumentException($"--oidc-issuer takes an address such as https://HOST/PATH, not '{text}'."),
            Audience = named };
        return usual with
        {
            OwnersClaim = parsed.GetValue(owners) ?? usual.OwnersClaim,
            RoleClaim = parsed.GetValue(role) ?? usual.RoleClaim,
        };
    }
}

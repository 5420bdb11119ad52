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

    private readonly Option<string?> client = new("--oidc-client-id")
    {
        Description = "The client at the issuer as which people sign in: by 'kubectl runs login' and in a browser.",
    };
    private readonly Option<string?> webClient = new("--oidc-web-client-id")
    {
        Description = "The client as which people sign in in a browser, if it is another one.",
    };
    private readonly Option<string?> secretFile = new("--oidc-client-secret-file")
    {
        Description = "A file with the secret of the client for browsers, which no others can read. Default: the "
            + "client is a public one and has none.",
    };
    private readonly Option<string?> scopes = new("--oidc-scopes")
    {
        Description = "The scopes that such a sign-in asks for, such as \"openid offline_access\". Default: openid.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { issuer, audience, owners, role, client, webClient, secretFile, scopes })
            command.Options.Add(option);
    }

    /// <summary>Reads the issuer; null: none is given.</summary>
    /// <exception cref="ArgumentException">An option is missing, or is not what it must be.</exception>
    public OidcOptions? Read(ParseResult parsed)
    {
        if (parsed.GetValue(issuer) is not { } text)
        {
            var alone = new[] { audience, owners, role, client, webClient, secretFile, scopes }.FirstOrDefault(
                option => parsed.GetValue(option) is not null);
            return alone is null ? null : throw new ArgumentException($"{alone.Name} needs --oidc-issuer.");
        }
        if (parsed.GetValue(audience) is not { } named)
            throw new ArgumentException(
                "--oidc-issuer needs --oidc-audience: without it, a token that the issuer made for somebody else would "
                + "be accepted here.");
        if ((parsed.GetValue(client) ?? parsed.GetValue(webClient)) is null)
        {
            if (parsed.GetValue(scopes) is not null)
                throw new ArgumentException("--oidc-scopes needs --oidc-client-id: nobody else asks for scopes.");
            if (parsed.GetValue(secretFile) is not null)
                throw new ArgumentException("--oidc-client-secret-file needs --oidc-client-id, or "
                    + "--oidc-web-client-id: it has the secret of that client.");
        }
        var usual = new OidcOptions { Issuer = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri
            : throw new ArgumentException($"--oidc-issuer takes an address such as https://HOST/PATH, not '{text}'."),
            Audience = named };
        return usual with
        {
            OwnersClaim = parsed.GetValue(owners) ?? usual.OwnersClaim,
            RoleClaim = parsed.GetValue(role) ?? usual.RoleClaim,
            ClientId = parsed.GetValue(client),
            WebClientId = parsed.GetValue(webClient),
            ClientSecretFile = parsed.GetValue(secretFile),
            Scopes = parsed.GetValue(scopes) ?? usual.Scopes,
        };
    }
}

using System.CommandLine;
using Jobtree.Api.Access;
using Jobtree.Silo.Commands;

namespace Jobtree.Silo.Tests.Commands;

public sealed class OidcOptionTests
{
    [Fact]
    public void An_issuer_comes_with_an_audience_and_with_claims_of_its_own_if_it_likes()
    {
        Assert.Null(Read());
        Assert.Equal(new OidcOptions { Issuer = new Uri("https://login.example.org/realms/a"), Audience = "fleet" },
            Read("--oidc-issuer", "https://login.example.org/realms/a", "--oidc-audience", "fleet"));
        var claims = Read("--oidc-issuer", "https://x", "--oidc-audience", "fleet", "--oidc-owners-claim", "groups",
            "--oidc-role-claim", "roles");
        Assert.Equal(("groups", "roles"), (claims?.OwnersClaim, claims?.RoleClaim));
        Assert.Null(claims?.ClientId);
        var client = Read("--oidc-issuer", "https://x", "--oidc-audience", "fleet", "--oidc-client-id", "cli");
        Assert.Equal(("cli", "openid"), (client?.ClientId, client?.Scopes));
        Assert.Equal("openid offline_access", Read("--oidc-issuer", "https://x", "--oidc-audience", "fleet",
            "--oidc-client-id", "cli", "--oidc-scopes", "openid offline_access")?.Scopes);
    }

    [Theory]
    [InlineData("--oidc-audience", "--oidc-issuer", "https://x")]
    [InlineData("--oidc-issuer", "--oidc-audience", "fleet")]
    [InlineData("--oidc-issuer", "--oidc-role-claim", "roles")]
    [InlineData("--oidc-issuer", "--oidc-client-id", "cli")]
    [InlineData("--oidc-issuer", "--oidc-client-secret-file", "/etc/secret")]
    [InlineData("--oidc-web-client-id", "--oidc-issuer", "https://x", "--oidc-audience", "fleet",
        "--oidc-client-secret-file", "/etc/secret")]
    [InlineData("--oidc-client-id", "--oidc-issuer", "https://x", "--oidc-audience", "fleet", "--oidc-scopes", "a")]
    [InlineData("not 'nowhere'", "--oidc-issuer", "nowhere", "--oidc-audience", "fleet")]
    public void What_is_missing_or_wrong_is_named(string named, params string[] arguments) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Read(arguments)).Message,
            StringComparison.Ordinal);

    private static OidcOptions? Read(params string[] arguments)
    {
        var options = new OidcOptionSet();
        var command = new Command("up");
        options.AddTo(command);
        return options.Read(command.Parse(arguments));
    }
}

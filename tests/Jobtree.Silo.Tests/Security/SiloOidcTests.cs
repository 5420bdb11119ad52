using System.Net;
using System.Runtime.Versioning;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Api.Tests.SigningIn;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>A silo as a process that accepts the tokens of an issuer and has no token file.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SiloOidcTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_API_and_the_dashboard_know_the_bearer_of_an_issuers_token()
    {
        await using var issuer = await TokenIssuer.Start();
        var root = issuer.Token(new { jobtree_role = "operator", jobtree_owners = "*" });
        issuer.Codes.Secret = "s3cret-of-the-client";
        var secret = folder.Of("secret");
        await File.WriteAllTextAsync(secret, issuer.Codes.Secret);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        var some = issuer.Token(new { jobtree_role = "operator", jobtree_owners = "org:ai" });
        var (silo, address) = await HostProcess.Serve(folder.Of("data"), "--empty",
            "--oidc-issuer", issuer.Address.AbsoluteUri, "--oidc-audience", TokenIssuer.Audience,
            "--oidc-client-id", "cli", "--oidc-web-client-id", "web", "--oidc-client-secret-file", secret);
        using var running = silo;
        using var nobody = new FleetClient(address);
        using var client = new FleetClient(address, root);
        Assert.Equal(HttpStatusCode.Unauthorized, await nobody.Status("/v1/runs"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal("oidc:alice", (await client.Get("/v1/whoami")).GetProperty("name").GetString());
        Assert.Contains("\"token\":\"oidc:alice\"", await client.Text("/v1/audit-log"), StringComparison.Ordinal);
        Assert.Contains("\"by\":\"oidc:alice\"", await client.Text("/v1/ledger/H100"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await client.Status("/dashboard/version"));
        Assert.Equal((HttpStatusCode.SeeOther, true), await SignIn(nobody, root));
        Assert.Equal((HttpStatusCode.SeeOther, true), await SignIn(nobody, some));
        Assert.Equal((HttpStatusCode.Unauthorized, false), await SignIn(nobody, root[..^8] + "AAAAAAAA"));
        using (var browser = new Browser(address))
        {
            (await browser.SignIn()).IsOk();
            (await browser.Get("/dashboard/version")).IsOk();
            (await browser.Get("/v1/runs")).IsOk();
        }
        issuer.Codes.Access = new { jobtree_role = "operator", jobtree_owners = "org:ai" };
        using (var browser = new Browser(address))
        {
            (await browser.SignIn()).IsOk();
            Assert.Contains("it needs a token with the role operator and the owner",
                (await browser.Get("/dashboard/", accept: "text/html")).Text, StringComparison.Ordinal);
        }
        Assert.Contains("\"after\":\"a session\"", await client.Text("/v1/audit-log"), StringComparison.Ordinal);
        Assert.Equal(0, await silo.Stop());
        Assert.DoesNotContain(issuer.Codes.Secret, silo.Said, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, bool HasSession)> SignIn(FleetClient client, string token)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent([new("token", token)]) };
        using var answer = await client.Send(request);
        return (answer.StatusCode, answer.Headers.Contains("Set-Cookie"));
    }
}

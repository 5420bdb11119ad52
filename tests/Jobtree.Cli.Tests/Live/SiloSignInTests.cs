using System.Runtime.Versioning;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Cli.Tests.Support;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Cli.Tests.Live;

/// <summary>Signing in at a silo, with silo, issuer and later commands as processes or servers of their own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SiloSignInTests : IDisposable
{
    private readonly CliBench cli = SignInBench.NewCli();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task Whoever_signs_in_at_a_silo_commands_it_and_its_log_has_no_token()
    {
        await using var issuer = await TokenIssuer.Start();
        var token = issuer.Token(new { jobtree_role = "operator", jobtree_owners = "*" });
        issuer.TokenAnswers.Enqueue((200, new { access_token = token, token_type = "Bearer" }));
        var (silo, address) = await HostProcess.Serve(cli.Path("data"), "--empty", "--log-level", "debug",
            "--oidc-issuer", issuer.Address.AbsoluteUri, "--oidc-audience", TokenIssuer.Audience,
            "--oidc-client-id", "cli", "--oidc-scopes", "openid groups");
        using var running = silo;
        var server = address.GetLeftPart(UriPartial.Authority);
        var login = await cli.Run("--server", server, "login");
        Assert.Equal(0, login.ExitCode);
        Assert.Equal("openid groups", issuer.Forms[0].Fields["scope"]);

        var home = new Dictionary<string, string> { ["XDG_STATE_HOME"] = cli.Path("state"), ["JOBTREE_TOKEN"] = "",
            ["JOBTREE_SERVER"] = server };
        var node = cli.Write("node.yaml",
            "apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n1}\nspec: {flavor: H100, gpus: 8}\n");
        Assert.Equal(new CliResult(0, "node n1 created\n", ""), await CliProcess.Run(home, "apply", "-f", node));
        var whoami = await CliProcess.Run(home, "whoami");
        Assert.StartsWith("name:       oidc:alice\n", whoami.Out, StringComparison.Ordinal);
        Assert.EndsWith("token from: kubectl-runs login\n", whoami.Out, StringComparison.Ordinal);
        Assert.Equal(new CliResult(0, "", "Signed out.\n"), await CliProcess.Run(home, "logout"));
        Assert.Equal(1, (await CliProcess.Run(home, "list")).ExitCode);
        Assert.Equal(0, await silo.Stop());
        Assert.DoesNotContain(token, silo.Said, StringComparison.Ordinal);
    }
}

using System.Runtime.Versioning;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary>The command line, the real API, and an issuer that the API names: each with sockets of its own.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SignInBench : IAsyncDisposable
{
    public const string Client = "cli";

    private SignInBench(TokenIssuer issuer, CliBench cli, ApiServer server) =>
        (Issuer, Cli, Server) = (issuer, cli, server);

    public TokenIssuer Issuer { get; }

    public CliBench Cli { get; }

    public ApiServer Server { get; }

    public SteppingTime Time => (SteppingTime)Cli.Time;

    public string Folder => Path.Combine(Cli.Folder, "state", "jobtree", "tokens");

    /// <summary>The files that keep sign-ins.</summary>
    public string[] Files => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.json*").Where(
        file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToArray() : [];

    public static async Task<SignInBench> Start()
    {
        var issuer = await TokenIssuer.Start();
        var cli = NewCli();
        return new SignInBench(issuer, cli, await ServerOf(cli, issuer.Address));
    }

    /// <summary>A command line with a home of its own.</summary>
    public static CliBench NewCli()
    {
        var cli = new CliBench { Time = new SteppingTime(DateTimeOffset.UtcNow) };
        cli.Variables["XDG_STATE_HOME"] = cli.Path("state");
        return cli;
    }

    /// <summary>The real API, which names an issuer.</summary>
    public static Task<ApiServer> ServerOf(CliBench cli, Uri issuer) => ApiServer.OverSample(cli, oidc: new OidcOptions
    {
        Issuer = issuer, Audience = TokenIssuer.Audience, ClientId = Client, Scopes = "openid offline_access",
    });

    public Task<CliResult> Run(params string[] arguments) => Cli.Run(["--server", Server.Url, .. arguments]);

    /// <summary>A token of an operator, good for a time from now on.</summary>
    public string Token(TimeSpan? lifetime = null, string audience = TokenIssuer.Audience) => Issuer.Token(new
    {
        aud = audience, jobtree_role = "operator", jobtree_owners = "*", jti = Guid.NewGuid().ToString("N"),
        exp = (DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromMinutes(10))).ToUnixTimeSeconds(),
    });

    /// <summary>Has the token endpoint refuse next.</summary>
    public void Refuse(string error, string? description = null, int status = 400) =>
        Issuer.TokenAnswers.Enqueue((status, new { error, error_description = description }));

    /// <summary>Has the token endpoint give these next.</summary>
    public void Give(string? access, string? id = null, string? refresh = null) => Issuer.TokenAnswers.Enqueue((200,
        new { access_token = access, id_token = id, refresh_token = refresh, token_type = "Bearer" }));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Issuer.DisposeAsync();
        Cli.Dispose();
    }
}

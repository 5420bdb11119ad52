using System.Security.Cryptography;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Api.Tests.Security;

/// <summary>Tokens of an issuer, beside those of a token file.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-oidc-").FullName;
    private TokenIssuer issuer = null!;

    public async ValueTask InitializeAsync() => issuer = await TokenIssuer.Start();

    public async ValueTask DisposeAsync()
    {
        await issuer.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Claims_say_who_acts_for_whom_and_in_which_role()
    {
        await using var host = await Start();
        var alice = issuer.Token(new { jobtree_role = "submitter", jobtree_owners = new[] { "org:ai" } });
        (await host.Post("/v1/runs", Samples.Run("a"), alice)).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b", owner: "org:bio"), alice)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Node("n1"), alice)).IsProblem(403, "forbidden");
        Assert.StartsWith("oidc:alice/", Assert.Single(host.Fleet.Operations), StringComparison.Ordinal);
        var bob = issuer.Token(new { sub = "bob", jobtree_role = "viewer", jobtree_owners = "org:bio" });
        (await host.Get("/v1/runs/default/a", bob)).IsProblem(404, "not-found");
        (await host.Post("/v1/runs/default/a/cancel", null, bob)).IsProblem(403, "forbidden");
        var root = issuer.Token(new { sub = "root", jobtree_role = new[] { "viewer", "operator" },
            jobtree_owners = "*" });
        (await host.Post("/v1/manifests", Samples.Node("n1"), root)).IsOk();
        (await host.Get("/v1/runs")).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Who_am_i_tells_what_a_token_is_worth()
    {
        var file = Path.Combine(folder, "tokens.json");
        var ci = TokenFile.Create(file, "ci", Role.Submitter, ["org:ai", "org:lab"]);
        await using var host = await Start(options => options with { TokenFile = file });
        var own = (await host.Get("/v1/whoami", ci)).IsOk().Json;
        Assert.Equal(("ci", "token-file", "submitter"), ((string?)own["name"], (string?)own["by"],
            (string?)own["role"]));
        Assert.Equal(["org:ai", "org:lab"], own["owners"]!.AsArray().Select(owner => (string?)owner));
        Assert.Null(own["expires"]);
        var alice = (await host.Get("/v1/whoami", issuer.Token(
            new { jobtree_role = "viewer", jobtree_owners = "org:ai" }))).IsOk().Json;
        Assert.Equal(("oidc:alice", "oidc", "viewer"), ((string?)alice["name"], (string?)alice["by"],
            (string?)alice["role"]));
        Assert.InRange((DateTimeOffset)alice["expires"]!, DateTimeOffset.UtcNow.AddMinutes(9),
            DateTimeOffset.UtcNow.AddMinutes(11));
        (await host.Get("/v1/whoami", "x")).IsProblem(401, "unauthenticated");
        await using var open = await ApiHost.Start();
        Assert.Equal("nobody", (string?)(await open.Get("/v1/whoami")).IsOk().Json["by"]);
    }

    [Fact]
    public async Task Whoever_has_no_token_is_told_where_to_sign_in_if_that_is_set_up()
    {
        await using var host = await Start(options => options with
        {
            Oidc = options.Oidc! with { ClientId = "cli", Scopes = "openid offline_access" },
        });
        var told = (await host.Get("/v1/login")).IsOk().Json;
        Assert.Equal((issuer.Address.AbsoluteUri, TokenIssuer.Audience, "cli", "openid offline_access"),
            ((string?)told["issuer"], (string?)told["audience"], (string?)told["clientId"], (string?)told["scopes"]));
        (await host.Get("/v1/login", "whatever")).IsOk();
        await using var unnamed = await Start();
        (await unnamed.Get("/v1/login")).IsProblem(404, "not-found");
        await using var open = await ApiHost.Start();
        (await open.Get("/v1/login")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task Asking_where_to_sign_in_has_a_rate_and_does_not_use_up_that_of_a_token()
    {
        await using var host = await Start(options => options with
        {
            RequestsPerSecondMax = 1, Oidc = options.Oidc! with { ClientId = "cli" },
        });
        var answers = new List<int>();
        // One a second comes back: no machine is so slow that all of these are served.
        while (answers.Count < 1000 && !answers.Contains(429))
            answers.Add((await host.Get("/v1/login")).Status);
        Assert.Contains(429, answers);
        (await host.Get("/v1/runs", issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" }))).IsOk();
        (await host.Get("/healthz")).IsOk();
    }

    [Theory]
    [InlineData("", "openid", "client id")]
    [InlineData("two words", "openid", "client id")]
    [InlineData("cli", "", "scopes")]
    [InlineData("cli", " openid", "scopes")]
    [InlineData("cli", "open\nid", "scopes")]
    public void A_client_and_scopes_that_are_none_are_refused(string client, string scopes, string named) =>
        Assert.Contains(named, Assert.Single(new OidcOptions
        {
            Issuer = new Uri("https://login.example.org"), Audience = "fleet", ClientId = client, Scopes = scopes,
        }.Validate()), StringComparison.Ordinal);

    [Fact]
    public async Task What_the_issuer_did_not_sign_for_this_fleet_is_refused()
    {
        await using var host = await Start();
        const string role = "operator";
        using var other = RSA.Create(2048);
        var now = DateTimeOffset.UtcNow;
        (await host.Get("/v1/runs", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }))).IsOk();
        var good = issuer.Token(new { jobtree_role = role, jobtree_owners = "*" });
        foreach (var (what, token) in new[]
        {
            ("another audience", issuer.Token(new { aud = "other", jobtree_role = role, jobtree_owners = "*" })),
            ("no audience", issuer.Token(new { aud = (string?)null, jobtree_role = role, jobtree_owners = "*" })),
            ("another issuer", issuer.Token(new { iss = "https://evil.example", jobtree_role = role,
                jobtree_owners = "*" })),
            ("ended", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }, now.AddMinutes(-11))),
            ("not yet", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }, now.AddMinutes(2))),
            ("no end", issuer.Token(new { exp = (long?)null, jobtree_role = role, jobtree_owners = "*" })),
            ("not signed", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }, algorithm: "none")),
            ("by a secret", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }, algorithm: "HS256")),
            ("by another key", issuer.Token(new { jobtree_role = role, jobtree_owners = "*" }, signedBy: other)),
            ("changed", good[..^8] + (good[^8] == 'A' ? 'B' : 'A') + good[^7..]),
            ("no role", issuer.Token(new { jobtree_owners = "*" })),
            ("an unknown role", issuer.Token(new { jobtree_role = "root", jobtree_owners = "*" })),
            ("a number as role", issuer.Token(new { jobtree_role = 2, jobtree_owners = "*" })),
            ("no owners", issuer.Token(new { jobtree_role = role })),
            ("no path", issuer.Token(new { jobtree_role = role, jobtree_owners = new[] { "org:ai", "org ai" } })),
            ("no subject", issuer.Token(new { sub = (string?)null, jobtree_role = role, jobtree_owners = "*" })),
            ("a subject with a slash", issuer.Token(new { sub = "a/b", jobtree_role = role, jobtree_owners = "*" })),
            ("two parts", good[..good.LastIndexOf('.')]), ("no JSON", "a.b.c"), ("nothing", ".."),
            ("too long", good + new string('a', 9_000)),
        })
        {
            var answer = await host.Get("/v1/runs", token);
            Assert.True(answer.Status is 401 or 431, $"{what}: {answer.Status}");
        }
    }

    [Fact]
    public async Task A_new_key_is_taken_and_one_that_is_gone_is_not()
    {
        await using var host = await Start(options => options with { KeysRefresh = TimeSpan.FromSeconds(1) });
        var before = issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" });
        (await host.Get("/v1/runs", before)).IsOk();
        issuer.Rotate();
        var after = issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" });
        await Eventually.Holds(async () => (await host.Get("/v1/runs", after)).Status == 200);
        (await host.Get("/v1/runs", before)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Tokens_with_made_up_keys_do_not_have_the_issuer_asked_again_and_again()
    {
        await using var host = await Start(options => options with { KeysRefresh = TimeSpan.FromDays(1) });
        var good = issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" });
        (await host.Get("/v1/runs", good)).IsOk();
        var read = issuer.KeysRead;
        await using var elsewhere = await TokenIssuer.Start();
        for (var i = 0; i < 50; i++)
        {
            elsewhere.Rotate();
            (await host.Get("/v1/runs", elsewhere.Token(new { iss = issuer.Address.AbsoluteUri.TrimEnd('/'),
                jobtree_role = "operator", jobtree_owners = "*" }))).IsProblem(401, "unauthenticated");
        }
        Assert.InRange(issuer.KeysRead - read, 0, 2);
        (await host.Get("/v1/runs", good)).IsOk();
    }

    [Fact]
    public async Task An_issuer_that_is_away_refuses_nobody_who_was_let_in_and_a_token_file_needs_none()
    {
        var file = Path.Combine(folder, "tokens.json");
        var ci = TokenFile.Create(file, "ci", Role.Viewer, ["*"]);
        await issuer.Stop();
        await using var host = await Start(options => options with { TokenFile = file });
        var alice = issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" });
        Assert.True((await host.Get("/v1/runs", alice)).IsProblem(503, "unavailable").Headers.ContainsKey(
            "Retry-After"));
        (await host.Get("/v1/runs", ci)).IsOk();
        (await host.Get("/v1/runs", "made-up-and-as-long-as-a-token-has-to-be")).IsProblem(401, "unauthenticated");
        await issuer.Serve();
        await Eventually.Holds(async () => (await host.Get("/v1/runs", alice)).Status == 200);
        await issuer.Stop();
        (await host.Get("/v1/runs", alice)).IsOk();
    }

    [Fact]
    public async Task A_token_ends_and_its_streams_end_with_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await Start(
            configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        var alice = issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" }, time.GetUtcNow());
        (await host.Get("/v1/runs", alice)).IsOk();
        using var watch = await EventReader.Open(host, "/v1/runs?watch=true", token: alice);
        time.Advance(TimeSpan.FromMinutes(11));
        (await host.Get("/v1/runs", alice)).IsProblem(401, "unauthenticated");
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 0);
    }

    [Theory]
    [InlineData("http://login.example.org")]
    [InlineData("ftp://login.example.org")]
    [InlineData("https://login.example.org/?x=1")]
    public void An_issuer_that_others_could_play_is_refused(string address) =>
        Assert.Contains("issuer", Assert.Single(new ApiOptions
        {
            Oidc = new OidcOptions { Issuer = new Uri(address), Audience = "fleet" },
        }.Validate()), StringComparison.Ordinal);

    private Task<ApiHost> Start(
        Func<ApiOptions, ApiOptions>? change = null, Action<WebApplicationBuilder>? configure = null) =>
        ApiHost.Start(options => (change ?? (same => same))(options with
        {
            Oidc = new OidcOptions { Issuer = issuer.Address, Audience = TokenIssuer.Audience },
        }), configure);
}

namespace Jobtree.Api.Tests.SigningIn;

/// <summary>Who would be signed in as somebody else, or have somebody else signed in as himself.</summary>
public sealed class HostileSignInTests : IAsyncLifetime
{
    private const string Elsewhere = "https://portal.example.org";
    private SignInBench bench = null!;
    private Browser victim = null!;
    private Browser attacker = null!;

    public async ValueTask InitializeAsync()
    {
        bench = await SignInBench.Start(api: options => options with { AllowedOrigins = [Elsewhere] });
        (victim, attacker) = (new Browser(bench.Host.Address), new Browser(bench.Host.Address));
    }

    public async ValueTask DisposeAsync()
    {
        victim.Dispose();
        attacker.Dispose();
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_is_signed_in_by_the_way_back_of_somebody_else()
    {
        var planted = await attacker.GoToIssuer();
        // One who began nothing, and one who is on the way himself.
        Assert.Equal(401, (await victim.ComeBack(planted)).Status);
        var own = await victim.GoToIssuer();
        Assert.Equal(401, (await victim.ComeBack(planted)).Status);
        Assert.DoesNotContain("jobtree-session", victim.Cookies.Keys);
        // What did not work for others is still good for whoever began it.
        (await victim.ComeBack(own)).IsOk();
        (await attacker.ComeBack(planted)).IsOk();
        Assert.Contains((null, "/sign-in/callback", 401, null), await bench.Entries());
    }

    [Fact]
    public async Task A_code_of_somebody_else_is_worth_nothing()
    {
        var stolen = Query(await victim.GoToIssuer())["code"];
        var own = Query(await attacker.GoToIssuer());
        Assert.Equal(401, (await attacker.Get($"/sign-in/callback?code={stolen}&state={own["state"]}")).Status);
        Assert.DoesNotContain("jobtree-session", attacker.Cookies.Keys);
    }

    [Fact]
    public async Task A_code_is_good_for_once()
    {
        var back = await victim.GoToIssuer();
        var cookies = victim.Cookies.ToDictionary();
        (await victim.ComeBack(back)).IsOk();
        foreach (var (name, value) in cookies)
            attacker.Cookies.Add(name, value);
        Assert.Equal(401, (await attacker.ComeBack(back)).Status);
        Assert.Empty(attacker.Cookies);
    }

    [Theory]
    [InlineData("?code={code}&state=")]
    [InlineData("?code={code}")]
    [InlineData("?state={state}")]
    [InlineData("?code=&state={state}")]
    [InlineData("?code={code}&state={state}&state={state}")]
    [InlineData("?code={code}&state={state}&iss=https://evil.example")]
    [InlineData("?code={code}{long}&state={state}")]
    [InlineData("?error=access_denied&state={state}")]
    [InlineData("?error=%3Cscript%3E&error_description=%3Cscript%3E&state={state}")]
    [InlineData("?code=%00%ff&state={state}")]
    public async Task What_is_no_way_back_signs_nobody_in(string query)
    {
        var own = Query(await victim.GoToIssuer());
        var answer = await victim.Get("/sign-in/callback" + query
            .Replace("{code}", own["code"], StringComparison.Ordinal)
            .Replace("{state}", own["state"], StringComparison.Ordinal)
            .Replace("{long}", new string('a', 3000), StringComparison.Ordinal));
        Assert.Equal(401, answer.Status);
        Assert.DoesNotContain("jobtree-session", victim.Cookies.Keys);
        Assert.DoesNotContain("<script", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    public static TheoryData<string, object?, Func<string, object>?> Tokens => new()
    {
        { "the access token is for another audience", new { aud = "other", jobtree_role = "operator",
            jobtree_owners = "*" }, null },
        { "the access token has ended", new { exp = 1, jobtree_role = "operator", jobtree_owners = "*" }, null },
        { "the access token names no role", new { jobtree_owners = "*" }, null },
        { "nobody but the issuer reads the access token", null, null },
        { "the id token is of another sign-in", Good, _ => new { aud = "web", nonce = "other" } },
        { "the id token is of no sign-in", Good, _ => new { aud = "web" } },
        { "the id token is for another client", Good, nonce => new { aud = "other", nonce } },
        { "the id token is of another party", Good, nonce => new { aud = "web", azp = "other", nonce } },
        { "the id token has ended", Good, nonce => new { aud = "web", exp = 1, nonce } },
        { "the id token is of another issuer", Good, nonce => new { aud = "web", iss = "https://evil.example",
            nonce } },
    };

    private static object Good => new { jobtree_role = "operator", jobtree_owners = "*" };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task Tokens_that_are_not_for_this_sign_in_here_and_now_begin_no_session(
        string what, object? access, Func<string, object>? identity)
    {
        bench.Issuer.Codes.Access = access;
        bench.Issuer.Codes.Identity = identity;
        Assert.True((await victim.SignIn()).Status == 401, what);
        Assert.Empty(victim.Cookies);
    }

    [Fact]
    public async Task An_id_token_for_this_fleet_serves_where_the_access_token_does_not()
    {
        await bench.Host.DisposeAsync();
        await bench.Serve(oidc => oidc with { Audience = "web" });
        (bench.Issuer.Codes.Access, bench.Issuer.Codes.Identity) = (null,
            nonce => new { aud = "web", nonce, jobtree_role = "viewer", jobtree_owners = "org:ai" });
        using var browser = new Browser(bench.Host.Address);
        (await browser.SignIn()).IsOk();
        Assert.Equal("viewer", (string?)(await browser.Get("/v1/whoami")).IsOk().Json["role"]);
    }

    [Fact]
    public async Task The_way_to_the_issuer_and_back_is_that_of_this_host_alone()
    {
        // Whatever is asked for: the page, the issuer and the way back are named by nobody else.
        var page = await victim.Post("/sign-in/issuer?redirect_uri=https://evil.example&to=//evil.example",
            ("redirect_uri", "https://evil.example"), ("return", "//evil.example"));
        var there = Browser.Onward(page.IsOk());
        Assert.Equal(bench.Issuer.Address.Authority, there.Authority);
        Assert.Equal($"{bench.Host.Address.GetLeftPart(UriPartial.Authority)}/sign-in/callback",
            Query(there)["redirect_uri"]);
        Assert.DoesNotContain("evil", page.Text, StringComparison.Ordinal);
        using var elsewhere = new Browser(bench.Host.Address, new Uri("http://evil.example"));
        Assert.Equal(400, (await elsewhere.Post("/sign-in/issuer")).Status);
        // A site that may use the API with tokens of its own signs nobody in or out.
        foreach (var origin in new[] { Elsewhere, "https://evil.example", "null" })
        {
            victim.Origin = origin;
            foreach (var path in new[] { "/sign-in/issuer", "/sign-in", "/sign-out" })
                Assert.Equal(403, (await victim.Post(path, ("token", "x"))).Status);
        }
    }

    [Fact]
    public async Task A_session_is_never_one_that_somebody_else_knows()
    {
        (await attacker.SignIn()).IsOk();
        var (name, known) = Assert.Single(attacker.Cookies);
        victim.Cookies[name] = known;
        (await victim.SignIn()).IsOk();
        Assert.NotEqual(known, victim.Cookies[name]);
        // One that was never given is not taken up either.
        victim.Cookies[name] = new string('A', 64);
        (await victim.SignIn()).IsOk();
        Assert.NotEqual(new string('A', 64), victim.Cookies[name]);
        victim.Cookies[name] = new string('A', 64);
        Assert.Equal(401, (await victim.Get("/v1/runs")).Status);
    }

    [Fact]
    public async Task Who_signs_in_over_and_over_uses_up_no_rate_but_that_of_those_who_do()
    {
        await bench.Host.DisposeAsync();
        await bench.Serve(api: options => options with { RequestsPerSecondMax = 1 });
        using var browser = new Browser(bench.Host.Address);
        var answers = new List<int>();
        // One a second comes back: no machine is so slow that all of these are served.
        while (answers.Count < 1000 && !answers.Contains(429))
            answers.Add((await browser.Get("/sign-in/callback?code=a&state=b")).Status);
        Assert.Contains(429, answers);
        (await bench.Host.Get("/v1/runs", bench.Issuer.Token(Good))).IsOk();
    }

    private static Dictionary<string, string> Query(Uri address) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query)
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
}

using System.Runtime.Versioning;

namespace Jobtree.Api.Tests.SigningIn;

/// <summary>Browsers sign in at an issuer that is a server of its own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SignInTests
{
    private static readonly Uri Proxy = new("https://fleet.example.org");

    [Fact]
    public async Task A_browser_signs_in_at_the_issuer_reads_as_its_token_may_and_signs_out()
    {
        await using var bench = await SignInBench.Start();
        bench.Issuer.Codes.Access = new { jobtree_role = "operator", jobtree_owners = "org:ai" };
        bench.Issuer.Codes.Page = $"{bench.Host.Address.GetLeftPart(UriPartial.Authority)}/sign-in/callback";
        using var browser = new Browser(bench.Host.Address);
        Assert.Contains("Sign in with 127.0.0.1", (await browser.Get("/sign-in")).IsOk().Text,
            StringComparison.Ordinal);
        Assert.Equal(401, (await browser.Get("/v1/runs")).Status);
        // A redirect would not do: the browser would not send the new cookie, which is strict, on its way back.
        var back = (await browser.SignIn()).IsOk();
        Assert.Equal("/sign-in", Browser.Onward(back).OriginalString);
        var page = (await browser.Get("/sign-in")).IsOk().Text;
        Assert.Contains("oidc:alice</b>: operator for org:ai", page, StringComparison.Ordinal);
        Assert.Equal("oidc:alice", (string?)(await browser.Get("/v1/whoami")).IsOk().Json["name"]);
        Assert.Equal(403, (await browser.Get("/v1/audit")).Status);
        // It reads by its cookie and changes nothing: no page of others can have it do more.
        Assert.Equal(401, (await browser.Post("/v1/runs/default/a/cancel")).Status);
        var session = Assert.Single(browser.Cookies);
        (await browser.Post("/sign-out")).IsOk();
        Assert.Empty(browser.Cookies);
        browser.Cookies.Add(session.Key, session.Value);
        Assert.Equal(401, (await browser.Get("/v1/whoami")).Status);
        Assert.Equal([("oidc:alice", "/sign-in/callback", 200, "a session"),
            ("oidc:alice", "/sign-out", 200, "no session")],
            (await bench.Entries()).Where(entry => entry.Route.StartsWith("/sign", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_session_ends_with_the_token_and_so_do_its_streams_when_it_is_signed_out()
    {
        await using var bench = await SignInBench.Start();
        using var browser = new Browser(bench.Host.Address);
        (await browser.SignIn()).IsOk();
        var watch = browser.Get("/v1/runs?watch=true", accept: "text/event-stream");
        await Eventually.Holds(() => bench.Host.Fleet.WatchersOpen == 1);
        (await browser.Post("/sign-out")).IsOk();
        await Assert.ThrowsAnyAsync<Exception>(() => watch);
        await Eventually.Holds(() => bench.Host.Fleet.WatchersOpen == 0);
        (await browser.SignIn()).IsOk();
        (await browser.Get("/v1/runs")).IsOk();
        // The issuer's tokens last ten minutes, by its own clock, and half a minute more for clocks.
        bench.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(401, (await browser.Get("/v1/runs")).Status);
    }

    [Fact]
    public async Task Cookies_are_for_this_host_alone_and_for_no_script()
    {
        await using var bench = await SignInBench.Start();
        using var browser = new Browser(bench.Host.Address);
        (await browser.SignIn()).IsOk();
        Assert.Equal(["jobtree-sign-in", "jobtree-sign-in", "jobtree-session"], browser.Given.Select(NameOf));
        Assert.All(browser.Given, cookie => Assert.Contains("; path=/; ", cookie, StringComparison.Ordinal));
        Assert.All(browser.Given, cookie => Assert.EndsWith("; httponly", cookie, StringComparison.Ordinal));
        Assert.Contains("samesite=lax", browser.Given[0], StringComparison.Ordinal);
        Assert.Contains("samesite=strict", browser.Given[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_TLS_cookies_and_the_way_back_are_those_of_the_proxy()
    {
        await using var bench = await SignInBench.Start(api: options => options with
        {
            AllowedHosts = [Proxy.Host], AllowedOrigins = [Proxy.GetLeftPart(UriPartial.Authority)],
        });
        bench.Issuer.Codes.Page = "https://fleet.example.org/sign-in/callback";
        using var browser = new Browser(bench.Host.Address, Proxy);
        (await browser.SignIn()).IsOk();
        Assert.All(browser.Given, cookie => Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal));
        Assert.All(browser.Given, cookie => Assert.Contains("; secure;", cookie, StringComparison.Ordinal));
        (await browser.Get("/v1/runs")).IsOk();
        // A neighbouring site can plant a cookie only under a name without the prefix.
        var (name, key) = Assert.Single(browser.Cookies);
        browser.Cookies.Clear();
        browser.Cookies.Add(name["__Host-".Length..], key);
        Assert.Equal(401, (await browser.Get("/v1/runs")).Status);
    }

    [Fact]
    public async Task A_client_with_a_secret_shows_it_to_the_issuer_alone()
    {
        await using var bench = await SignInBench.Start();
        await bench.Host.DisposeAsync();
        const string secret = "s3cret/of+the:client";
        var file = bench.Of("secret");
        await File.WriteAllTextAsync(file, secret + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => bench.Serve(
            oidc => oidc with { ClientSecretFile = file }));
        Assert.Contains($"chmod 600 {file}", refused.Message, StringComparison.Ordinal);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await bench.Serve(oidc => oidc with { ClientId = "cli", WebClientId = "web", ClientSecretFile = file });
        bench.Issuer.Codes.Secret = Uri.EscapeDataString(secret);
        using var browser = new Browser(bench.Host.Address);
        var back = await browser.GoToIssuer();
        (await browser.ComeBack(back)).IsOk();
        Assert.DoesNotContain(bench.Issuer.Forms, form => form.Fields.ContainsValue(secret));
        Assert.DoesNotContain("s3cret", back.AbsoluteUri + string.Concat(browser.Given), StringComparison.Ordinal);
        // A new secret is taken without a new start; what is not the client's gets nothing.
        bench.Issuer.Codes.Secret = "next";
        Assert.Equal(401, (await browser.SignIn()).Status);
        await File.WriteAllTextAsync(file, "next");
        (await browser.SignIn()).IsOk();
    }

    [Fact]
    public async Task Where_nobody_signs_in_at_an_issuer_the_page_takes_tokens_only()
    {
        await using var bench = await SignInBench.Start(oidc => oidc with { ClientId = null });
        using var browser = new Browser(bench.Host.Address);
        var page = (await browser.Get("/sign-in")).IsOk();
        Assert.DoesNotContain("/sign-in/issuer", page.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await browser.Post("/sign-in/issuer")).Status);
        Assert.Equal(401, (await browser.Get("/sign-in/callback?code=a&state=b")).Status);
        var token = bench.Issuer.Token(new { jobtree_role = "viewer", jobtree_owners = "*" });
        Assert.Equal(303, (await browser.Post("/sign-in", ("token", token))).Status);
        (await browser.Get("/v1/runs")).IsOk();
        Assert.DoesNotContain(token[..20], string.Concat(browser.Given), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_is_away_is_told_as_such()
    {
        await using var bench = await SignInBench.Start();
        using var browser = new Browser(bench.Host.Address);
        var back = await browser.GoToIssuer();
        await bench.Issuer.Stop();
        var away = await browser.ComeBack(back);
        Assert.Equal(503, away.Status);
        Assert.Contains("The issuer of tokens cannot be asked now.", away.Text, StringComparison.Ordinal);
        Assert.Empty(browser.Cookies);
    }

    private static string NameOf(string cookie) => cookie[..cookie.IndexOf('=', StringComparison.Ordinal)];
}

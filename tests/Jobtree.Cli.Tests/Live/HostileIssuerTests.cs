using System.Runtime.Versioning;
using Jobtree.Cli.Tests.Http;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary>What the command line makes of issuers that lie, fail or are something else.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileIssuerTests : IDisposable
{
    private const string Json = "application/json";
    private const string Document = """
        {"issuer":"SELF","device_authorization_endpoint":"SELF/device","token_endpoint":"SELF/token"}
        """;
    private const string Device = """
        {"device_code":"d","user_code":"U","verification_uri":"SELF/enter","expires_in":60}
        """;

    private readonly CliBench cli = SignInBench.NewCli();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("""{"issuer":"https://evil.example","token_endpoint":"SELF/token"}""", "is of another issuer")]
    [InlineData("""{"issuer":"SELF/realm","token_endpoint":"SELF/token"}""", "is of another issuer")]
    [InlineData("""{"issuer":7,"token_endpoint":"SELF/token"}""", "is of another issuer")]
    [InlineData("""{"issuer":"SELF"}""", "names no token_endpoint")]
    [InlineData("""{"issuer":"SELF","token_endpoint":"SELF/token"}""", "names no device_authorization_endpoint")]
    [InlineData("""{"issuer":"SELF","token_endpoint":"http://evil.example/token"}""", "none to trust")]
    [InlineData("""{"issuer":"SELF","token_endpoint":"file:///etc/passwd"}""", "none to trust")]
    [InlineData("""{"issuer":"SELF","token_endpoint":"/token"}""", "none to trust")]
    [InlineData("""{"issuer":"SELF","token_endpoint":{}}""", "none to trust")]
    [InlineData("""{"issuer":"SELF","token_endpoint":"https://fleet@evil.example/token"}""", "none to trust")]
    [InlineData("""
        {"issuer":"SELF","token_endpoint":"SELF/t","device_authorization_endpoint":"ftp://evil.example/d"}
        """, "none to trust")]
    [InlineData("[]", "no JSON object")]
    [InlineData("<html>", "no JSON object")]
    [InlineData("", "no JSON object")]
    [InlineData("DEEP", "no JSON object")]
    [InlineData("HUGE", "too large")]
    public async Task A_discovery_document_that_is_not_the_issuers_own_ends_the_sign_in(string body, string sentence)
    {
        var (login, requests) = await Login(self => StubServer.Answer("200 OK", Json, Body(body, self)));
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.Single(requests);
    }

    [Theory]
    [InlineData("""{"user_code":"U","verification_uri":"SELF/enter","expires_in":60}""", "is not understood")]
    [InlineData("""{"device_code":"d","user_code":"U","verification_uri":"SELF/enter"}""", "is not understood")]
    [InlineData("""{"device_code":"d","user_code":"U","verification_uri":"SELF/enter","expires_in":-1}""",
        "is not understood")]
    [InlineData("""{"device_code":"d","user_code":"U","verification_uri":"javascript:alert(1)","expires_in":60}""",
        "none to trust")]
    [InlineData("""{"device_code":"d","user_code":"U","verification_uri":"http://evil.example/","expires_in":60}""",
        "none to trust")]
    [InlineData("HUGE", "too large")]
    [InlineData("nothing", "no JSON object")]
    public async Task A_device_code_that_is_none_ends_the_sign_in(string body, string sentence)
    {
        var (login, requests) = await Login(
            self => StubServer.Answer("200 OK", Json, Body(Document, self)),
            self => StubServer.Answer("200 OK", Json, Body(body, self)));
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Open ", login.Error, StringComparison.Ordinal);
        Assert.Equal(2, requests.Count);
    }

    [Theory]
    [InlineData("{}", "gave no token for 'fleet'")]
    [InlineData("""{"access_token":"a\r\nX-Evil: 1"}""", "gave no token for 'fleet'")]
    [InlineData("""{"access_token":"a.b.c","id_token":7}""", "gave no token for 'fleet'")]
    [InlineData("""{"access_token":"a.eyJhdWQiOiJmbGVldCIsImV4cCI6MWUzMDB9.c"}""", "gave no token for 'fleet'")]
    [InlineData("HUGE", "too large")]
    [InlineData("nothing", "no JSON object")]
    public async Task A_token_that_is_none_ends_the_sign_in(string body, string sentence)
    {
        var (login, _) = await Login(
            self => StubServer.Answer("200 OK", Json, Body(Document, self)),
            self => StubServer.Answer("200 OK", Json, Body(Device, self)),
            self => StubServer.Answer("200 OK", Json, Body(body, self)));
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Evil", login.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_follows_a_redirect()
    {
        await using var elsewhere = new StubServer(_ => StubServer.Answer("200 OK", Json, "{}"));
        Func<string, string> redirect = _ => StubServer.Answer(
            "307 Temporary Redirect", Json, "{}", $"Location: {elsewhere.Url}/\r\n");
        Func<string, string> document = self => StubServer.Answer("200 OK", Json, Body(Document, self));
        Func<string, string> device = self => StubServer.Answer("200 OK", Json, Body(Device, self));
        foreach (var answers in new Func<string, string>[][] { [redirect], [document, redirect],
            [document, device, redirect] })
            Assert.Contains("a redirect (307), which is not followed", (await Login(answers)).Login.Error,
                StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task What_an_issuer_says_cannot_move_the_cursor()
    {
        var (login, _) = await Login(
            self => StubServer.Answer("200 OK", Json, Body(Document, self)),
            self => StubServer.Answer("200 OK", Json, Body(Device, self).Replace(
                "\"U\"", "\"A\\u001b[2J\\nB\"", StringComparison.Ordinal)),
            _ => StubServer.Answer("400 Bad Request", Json, """{"error":"access_denied"}"""));
        Assert.Contains("and enter the code A\\u001b[2J B\n", login.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"issuer":"http://login.example.org","audience":"a","clientId":"c","scopes":"s"}""",
        "none to trust")]
    [InlineData("""{"issuer":"https://login.example.org/?x=1","audience":"a","clientId":"c","scopes":"s"}""",
        "none to trust")]
    [InlineData("""{"issuer":"https://login.example.org","audience":"a"}""", "not understood")]
    [InlineData("[]", "not understood")]
    [InlineData("nothing", "not understood")]
    public async Task A_server_that_names_no_issuer_to_trust_is_not_believed(string body, string sentence)
    {
        await using var server = new StubServer(_ => StubServer.Answer("200 OK", Json, body));
        var login = await cli.Run("--server", server.Url, "login");
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, login.ExitCode);
    }

    private static string Body(string body, string self) => body switch
    {
        "HUGE" => $$"""{"issuer":"{{self}}","x":"{{new string('x', 300_000)}}"}""",
        "DEEP" => new string('[', 100) + new string(']', 100),
        _ => body.Replace("SELF", self, StringComparison.Ordinal),
    };

    private async Task<(CliResult Login, List<string> Requests)> Login(params Func<string, string>[] answers)
    {
        var self = "";
        await using var issuer = new StubServer(i => answers[Math.Min(i, answers.Length - 1)](self));
        self = issuer.Url;
        await using var server = await SignInBench.ServerOf(cli, new Uri(issuer.Url));
        var login = await cli.Run("--server", server.Url, "login");
        Assert.Equal((1, ""), (login.ExitCode, login.Out));
        Assert.Empty(Directory.Exists(cli.Path("state")) ? Directory.GetFiles(cli.Path("state"), "*",
            SearchOption.AllDirectories) : []);
        return (login, issuer.Requests);
    }
}

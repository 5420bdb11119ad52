using System.Runtime.Versioning;
using System.Text.Json;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Cli.Tests.Http;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary>Signing in by a device code, and what becomes of the token.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SignInTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Whoever_enters_the_code_is_signed_in_until_he_signs_out()
    {
        await using var bench = await SignInBench.Start();
        var token = bench.Token();
        bench.Refuse("authorization_pending");
        bench.Refuse("slow_down");
        bench.Refuse("authorization_pending");
        bench.Give(token);
        var page = $"{bench.Issuer.Address}enter";
        var login = await bench.Run("login");
        Assert.Equal((0, $"Open {page} and enter the code {TokenIssuer.UserCode}\n"
            + $"or open {page}?code={TokenIssuer.UserCode}\nWaiting for at most 10m.\n"),
            (login.ExitCode, login.Error));
        Assert.StartsWith("name:       oidc:alice\nrole:       operator\nowners:     * (all)\n", login.Out,
            StringComparison.Ordinal);
        Assert.EndsWith("token from: kubectl-runs login\n", login.Out, StringComparison.Ordinal);
        Assert.Equal([5, 5, 10, 10], bench.Time.Pauses.Select(pause => pause.TotalSeconds));
        Assert.Equal(("/device", "cli openid offline_access"), (bench.Issuer.Forms[0].Path,
            $"{bench.Issuer.Forms[0].Fields["client_id"]} {bench.Issuer.Forms[0].Fields["scope"]}"));
        Assert.All(bench.Issuer.Forms.Skip(1), form => Assert.Equal(
            ("/token", "urn:ietf:params:oauth:grant-type:device_code", "device-secret", "cli"), (form.Path,
                form.Fields["grant_type"], form.Fields["device_code"], form.Fields["client_id"])));

        var list = await bench.Run("list");
        Assert.Equal((0, ""), (list.ExitCode, list.Error));
        var whoami = await bench.Run("whoami", "-o", "json");
        Assert.Contains("\"tokenFrom\":\"kubectl-runs login\"", whoami.Out, StringComparison.Ordinal);
        var file = Assert.Single(bench.Files);
        Assert.Equal((OwnerOnly, OwnerOnly | UnixFileMode.UserExecute),
            (File.GetUnixFileMode(file), File.GetUnixFileMode(bench.Folder)));
        Assert.DoesNotContain(token, login.Out + login.Error + list.Out + whoami.Out, StringComparison.Ordinal);

        Assert.Equal((0, "Signed out.\n"), await Said(bench.Run("logout")));
        Assert.Empty(bench.Files);
        Assert.Equal((0, "Nobody was signed in.\n"), await Said(bench.Run("logout")));
        var after = await bench.Run("list");
        Assert.Equal(1, after.ExitCode);
        Assert.Contains("\n  Sign in: kubectl-runs login", after.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", "The sign-in was denied.")]
    [InlineData("expired_token", "The code WDJB-MJHT has ended before somebody signed in with it.")]
    [InlineData("authorization_pending", "The code WDJB-MJHT has ended before somebody signed in with it.")]
    [InlineData("slow_down", "The code WDJB-MJHT has ended before somebody signed in with it.")]
    [InlineData("invalid_client", "gives no token: invalid_client: no\\u001b such client.")]
    public async Task A_sign_in_that_comes_to_nothing_says_why_and_keeps_nothing(string error, string sentence)
    {
        await using var bench = await SignInBench.Start();
        bench.Refuse(error, "no\u001b such client");
        var login = await bench.Run("login");
        Assert.Equal((1, ""), (login.ExitCode, login.Out));
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.Empty(bench.Files);
        Assert.InRange(bench.Time.Pauses.Sum(pause => pause.TotalSeconds), 5, 600);
    }

    [Fact]
    public async Task An_issuer_that_fails_for_a_while_is_asked_less_and_less_often()
    {
        await using var bench = await SignInBench.Start();
        bench.Refuse("server_error", status: 503);
        bench.Refuse("server_error", status: 429);
        bench.Give(bench.Token());
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        Assert.Equal([5, 10, 20], bench.Time.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Theory]
    [InlineData("fleet", "cli", 0, "")]
    [InlineData(null, "fleet", 0, "")]
    [InlineData("other", "fleet", 0, "")]
    [InlineData(null, "cli", 1, "the access token is no JWT that ends, the id token is for 'cli'")]
    [InlineData("other", null, 1, "the access token is for 'other', there is no id token")]
    public async Task The_token_that_is_for_the_server_is_kept_or_none(
        string? access, string? id, int exitCode, string sentence)
    {
        await using var bench = await SignInBench.Start();
        bench.Give(access is null ? "opaque" : bench.Token(audience: access),
            id is null ? null : bench.Token(audience: id));
        var login = await bench.Run("login");
        Assert.Equal(exitCode, login.ExitCode);
        Assert.Contains(sentence, login.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode == 0 ? 1 : 0, bench.Files.Length);
    }

    [Fact]
    public async Task A_token_that_the_server_does_not_take_is_not_kept()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Issuer.Token(new { jobtree_owners = "*" }));
        var login = await bench.Run("login");
        Assert.Equal((1, ""), (login.ExitCode, login.Out));
        Assert.Contains("does not take its token. Nothing was kept.", login.Error, StringComparison.Ordinal);
        Assert.Empty(bench.Files);
    }

    [Fact]
    public async Task A_token_goes_to_the_server_that_it_was_got_for_and_one_that_is_given_goes_before_it()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token());
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        await using (var other = new StubServer(
            _ => StubServer.Answer("200 OK", "application/json", """{"items":[]}""")))
        {
            Assert.Equal(0, (await bench.Cli.Run("--server", other.Url, "flavors")).ExitCode);
            Assert.DoesNotContain("Authorization", Assert.Single(other.Requests), StringComparison.OrdinalIgnoreCase);
        }
        bench.Cli.Variables["JOBTREE_TOKEN"] = "made-up";
        Assert.Equal(1, (await bench.Run("list")).ExitCode);
        var file = bench.Cli.Write("token", bench.Token());
        File.SetUnixFileMode(file, OwnerOnly);
        Assert.EndsWith($"token from: {file}\n", (await bench.Run("whoami", "--token-file", file)).Out,
            StringComparison.Ordinal);
        var again = await bench.Run("login");
        Assert.Equal(0, again.ExitCode);
        Assert.EndsWith("JOBTREE_TOKEN is set and goes before the sign-in; unset it.\n", again.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_others_may_read_or_replace_is_refused()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token());
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        var file = Assert.Single(bench.Files);
        foreach (var mode in new[] { UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite })
        {
            File.SetUnixFileMode(file, OwnerOnly | mode);
            var refused = await bench.Run("list");
            Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
            Assert.Contains($"may be read by others: chmod 600 {file}", refused.Error, StringComparison.Ordinal);
        }
        File.SetUnixFileMode(file, OwnerOnly);
        File.SetUnixFileMode(bench.Folder, File.GetUnixFileMode(bench.Folder) | UnixFileMode.GroupWrite);
        Assert.Contains($"may be replaced by others: chmod 700 {bench.Folder}", (await bench.Run("list")).Error,
            StringComparison.Ordinal);
        // A new sign-in puts both right.
        File.SetUnixFileMode(file, OwnerOnly | UnixFileMode.OtherRead);
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        Assert.Equal((OwnerOnly, OwnerOnly | UnixFileMode.UserExecute),
            (File.GetUnixFileMode(file), File.GetUnixFileMode(bench.Folder)));
        Assert.Equal(0, (await bench.Run("list")).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"server":"https://elsewhere.example/"}""")]
    [InlineData("SAME-BUT-OF-ANOTHER-SERVER")]
    [InlineData("LONG")]
    public async Task A_file_that_is_not_understood_is_refused_and_can_be_removed(string content)
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token());
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        var file = Assert.Single(bench.Files);
        File.WriteAllText(file, content switch
        {
            "SAME-BUT-OF-ANOTHER-SERVER" => File.ReadAllText(file).Replace(
                bench.Server.Url, "https://elsewhere.example", StringComparison.Ordinal),
            "LONG" => File.ReadAllText(file) + new string(' ', 70_000),
            _ => content,
        });
        var refused = await bench.Run("list");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("is not understood. Sign in again", refused.Error, StringComparison.Ordinal);
        Assert.Equal((0, "Signed out.\n"), await Said(bench.Run("logout")));
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
    }

    [Fact]
    public async Task A_token_that_ends_soon_is_renewed_once_however_many_commands_run()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token(), refresh: "refresh-1");
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        Assert.Equal(0, (await bench.Run("list")).ExitCode);
        Assert.Single(Renewals(bench));
        var renewed = bench.Token(TimeSpan.FromHours(1));
        bench.Issuer.TokenAnswers.Clear();
        bench.Give(renewed, refresh: "refresh-2");
        bench.Give(bench.Token(TimeSpan.FromHours(2)));
        bench.Time.Advance(TimeSpan.FromMinutes(9.5));
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bench.Run("list")));
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.Equal(["", "refresh-1"], Renewals(bench));
        var file = Assert.Single(bench.Files);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        Assert.Equal((renewed, "refresh-2"), Kept(file));
        // One that gives no new refresh token means the old one.
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, (await bench.Run("list")).ExitCode);
        Assert.Equal(["", "refresh-1", "refresh-2"], Renewals(bench));
        Assert.Equal("refresh-2", Kept(file).RefreshToken);
    }

    [Fact]
    public async Task A_sign_in_that_is_not_renewed_serves_to_its_end_and_then_asks_for_a_new_one()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token(), refresh: "refresh-1");
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        bench.Issuer.TokenAnswers.Clear();
        bench.Refuse("invalid_grant", "revoked");
        bench.Time.Advance(TimeSpan.FromMinutes(9.5));
        Assert.Equal(0, (await bench.Run("list")).ExitCode);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        var refused = await bench.Run("list");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("does not renew it: invalid_grant: revoked. Sign in again: kubectl-runs login.",
            refused.Error, StringComparison.Ordinal);
        var before = File.ReadAllText(Assert.Single(bench.Files));
        bench.Issuer.TokenAnswers.Clear();
        bench.Give(bench.Token(audience: "other"), refresh: "refresh-2");
        var useless = await bench.Run("list");
        Assert.Equal(1, useless.ExitCode);
        Assert.Contains("the access token is for 'other'", useless.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(bench.Files[0]));
        await bench.Issuer.Stop();
        var away = await bench.Run("list");
        Assert.Equal(3, away.ExitCode);
        Assert.Contains("cannot be renewed", away.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_without_means_to_renew_it_ends_with_a_word_about_it()
    {
        await using var bench = await SignInBench.Start();
        bench.Give(bench.Token());
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        var file = Assert.Single(bench.Files);
        // As it is when that much time has gone by for the server.
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            Kept(file).Token, bench.Token(TimeSpan.FromMinutes(-5)), StringComparison.Ordinal));
        var refused = await bench.Run("list");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("\n  The sign-in has ended, or is not accepted any more. Sign in again: kubectl-runs login.",
            refused.Error, StringComparison.Ordinal);
        Assert.Single(Renewals(bench));
    }

    [Fact]
    public async Task Where_nobody_can_sign_in_login_says_so()
    {
        using var cli = SignInBench.NewCli();
        await using var server = await ApiServer.OverSample(cli);
        var unnamed = await cli.Run("--server", server.Url, "login");
        Assert.Equal((1, "error: Nobody can sign in for this host: it was started without --oidc-client-id. "
            + "(not-found)\n"), (unnamed.ExitCode, unnamed.Error));
        var plain = await cli.Run("--server", "http://fleet.example:8080", "login");
        Assert.Contains("The token would travel readable to fleet.example:8080.", plain.Error,
            StringComparison.Ordinal);
        Assert.Equal(1, (await cli.Run("--state", cli.WriteSample(), "login")).ExitCode);
        Assert.Equal(1, (await cli.Run("--state", cli.WriteSample(), "logout")).ExitCode);
        cli.Variables["XDG_STATE_HOME"] = "relative";
        Assert.Contains("set HOME", (await cli.Run("--server", server.Url, "login")).Error, StringComparison.Ordinal);
        cli.Variables["HOME"] = cli.Path("home");
        Assert.Equal((0, "Nobody was signed in.\n"), await Said(cli.Run("--server", server.Url, "logout")));
        Assert.True(Directory.Exists(cli.Path("home/.local/state/jobtree/tokens")));
    }

    [Theory]
    [InlineData(200, "Signed out. The issuer has taken back what would renew the token.\n")]
    [InlineData(null, "Signed out. {issuer} takes no tokens back (it names no revocation_endpoint): {left}.\n")]
    [InlineData(400, "Signed out. The issuer could not be told, {left}: {issuer}revoke answered 400.\n")]
    [InlineData(302, "Signed out. The issuer could not be told, {left}: {issuer}revoke answered with a redirect (302), "
        + "which is not followed.\n")]
    [InlineData(503, "Signed out. The issuer could not be told, {left}: {issuer}revoke answered 503.\n")]
    public async Task Who_signs_out_gives_the_refresh_token_back_or_is_told_why_not(int? answer, string said)
    {
        await using var bench = await SignInBench.Start();
        bench.Issuer.Revocation = answer;
        bench.Give(bench.Token(), refresh: "refresh-1");
        Assert.Equal(0, (await bench.Run("login")).ExitCode);
        Assert.Equal((0, said.Replace("{issuer}", bench.Issuer.Address.AbsoluteUri, StringComparison.Ordinal).Replace(
            "{left}", "end the session there too if the token may be in other hands", StringComparison.Ordinal)),
            await Said(bench.Run("logout")));
        Assert.Empty(bench.Files);
        var given = bench.Issuer.Forms.Where(form => form.Path == "/revoke").ToArray();
        Assert.Equal(answer is null ? 0 : 1, given.Length);
        Assert.All(given, form => Assert.Equal(("refresh-1", "refresh_token", "cli"), (form.Fields["token"],
            form.Fields["token_type_hint"], form.Fields["client_id"])));
    }

    private static async Task<(int ExitCode, string Error)> Said(Task<CliResult> command)
    {
        var result = await command;
        return (result.ExitCode, result.Error);
    }

    private static (string Token, string? RefreshToken) Kept(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return (document.RootElement.GetProperty("token").GetString()!,
            document.RootElement.TryGetProperty("refreshToken", out var refresh) ? refresh.GetString() : null);
    }

    private static IEnumerable<string> Renewals(SignInBench bench) =>
        bench.Issuer.Forms.Where(form => form.Path == "/token").Select(
            form => form.Fields.GetValueOrDefault("refresh_token", ""));
}

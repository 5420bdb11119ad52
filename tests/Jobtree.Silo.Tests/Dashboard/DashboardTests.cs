using System.Net;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Dashboard;

/// <summary>Who gets in to the dashboard, and by what.</summary>
public sealed class DashboardTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Only_operators_of_the_whole_fleet_get_in_by_token_or_by_a_session_for_it()
    {
        var file = folder.Of("tokens.json");
        var all = TokenFile.Create(file, "all", Role.Operator, ["*"]);
        var viewer = TokenFile.Create(file, "viewer", Role.Viewer, ["*"]);
        var some = TokenFile.Create(file, "some", Role.Operator, ["org:ai"]);
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--token-file", file]);
        using var running = silo;
        using var nobody = new FleetClient(address);
        using var operatorOfAll = new FleetClient(address, all);
        using var looker = new FleetClient(address, viewer);
        using var operatorOfSome = new FleetClient(address, some);

        foreach (var path in new[] { "/dashboard/", "/dashboard/index.html", "/dashboard/DashboardCounters",
            "/DASHBOARD/version", "/dashboard/GrainTypes", "/dashboard/%47rainTypes" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await nobody.Status(path));
            Assert.Equal(HttpStatusCode.Forbidden, await looker.Status(path));
            Assert.Equal(HttpStatusCode.Forbidden, await operatorOfSome.Status(path));
            Assert.Equal(HttpStatusCode.OK, await operatorOfAll.Status(path));
        }

        using (var page = await Browse(nobody, HttpMethod.Get, "/dashboard/"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
            Assert.Contains("<form", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var wrong = await SignIn(nobody, new string('x', 44)))
            Assert.Equal((HttpStatusCode.Unauthorized, false),
                (wrong.StatusCode, wrong.Headers.Contains("Set-Cookie")));
        using (var lesser = await SignIn(nobody, viewer))
        {
            Assert.Equal(HttpStatusCode.SeeOther, lesser.StatusCode);
            using var page = await Browse(nobody, HttpMethod.Get, "/dashboard/",
                Assert.Single(lesser.Headers.GetValues("Set-Cookie")).Split(';')[0]);
            Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
            Assert.Contains("it needs a token with the role operator", await page.Content.ReadAsStringAsync(),
                StringComparison.Ordinal);
        }
        using (var foreign = await SignIn(nobody, all, "https://evil.example"))
            Assert.Equal((HttpStatusCode.Forbidden, false),
                (foreign.StatusCode, foreign.Headers.Contains("Set-Cookie")));
        using (var large = await SignIn(nobody, new string('x', 100_000)))
            Assert.InRange((int)large.StatusCode, 400, 499);

        using var signed = await SignIn(nobody, all);
        Assert.Equal((HttpStatusCode.SeeOther, "/sign-in"),
            (signed.StatusCode, signed.Headers.Location?.ToString()));
        var cookie = Assert.Single(signed.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/;", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(all, cookie, StringComparison.Ordinal);
        var session = cookie.Split(';')[0];
        using (var inside = await Browse(nobody, HttpMethod.Get, "/dashboard/", session))
            Assert.Equal((HttpStatusCode.OK, true),
                (inside.StatusCode, inside.Headers.Contains("Content-Security-Policy")));
        // The session reads, and changes nothing.
        using (var api = await Browse(nobody, HttpMethod.Get, "/v1/runs", session, "application/json"))
            Assert.Equal(HttpStatusCode.OK, api.StatusCode);
        using (var api = await Browse(nobody, HttpMethod.Post, "/v1/runs/a/b/cancel", session, "application/json"))
            Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        using (var forged = await Browse(
            nobody, HttpMethod.Get, "/dashboard/", $"jobtree-session={new string('0', 64)}"))
            Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
    }

    [Fact]
    public async Task A_form_that_is_none_is_refused_as_one()
    {
        var file = folder.Of("tokens.json");
        TokenFile.Create(file, "all", Role.Operator, ["*"]);
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--token-file", file]);
        using var running = silo;
        using var nobody = new FleetClient(address);
        const string form = "application/x-www-form-urlencoded";
        foreach (var (type, body) in new[]
        {
            (form, "token=a&token=b&token=c&token=d&token=e"), (form, new string('k', 65) + "=a"),
            (form, "a&b&c&d&e&f"), (form + "ish", "token=a"), (form + "; charset=utf-7", "token=a"),
            (form + "; charset=none-such", "token=a"), (form + ";;;", "token=a"), (form, "%"), (form, "token=%ff%00"),
            (form + "; boundary=", ""),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=token\r\n\r\na\r\n--x--"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in");
            request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await nobody.Send(request);
            Assert.True((int)answer.StatusCode is >= 400 and < 500 && !answer.Headers.Contains("Set-Cookie"),
                $"{type}, {body}: {answer.StatusCode}");
        }
        Assert.DoesNotContain("Exception", silo.Said, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SignIn(FleetClient client, string token, string? origin = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent([new("token", token)]) };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await client.Send(request);
    }

    private static async Task<HttpResponseMessage> Browse(FleetClient client, HttpMethod method, string path,
        string? cookie = null, string accept = "text/html,application/xhtml+xml")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        return await client.Send(request);
    }
}

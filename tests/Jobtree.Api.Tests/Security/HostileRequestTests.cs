using System.Text;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

public sealed class HostileRequestTests
{
    [Fact]
    public async Task A_body_over_the_limit_is_refused_before_it_is_read()
    {
        await using var host = await ApiHost.Start(options => options with { BodyBytesMax = 10_000 });
        (await host.Post("/v1/manifests", Samples.Run("a") + new string(' ', 10_000))).IsProblem(413, "too-large");
        (await host.Post("/v1/manifests", Samples.Run("a") + new string(' ', 5_000))).IsOk();
    }

    [Fact]
    public async Task A_body_that_names_a_size_beyond_all_is_refused()
    {
        await using var host = await ApiHost.Start();
        var answer = await RawHttp.Send(
            host.Address,
            "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
            "9000000000\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-large\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_is_refused_while_it_comes()
    {
        await using var host = await ApiHost.Start(options => options with { BodyBytesMax = 10_000 });
        var chunk = Encoding.ASCII.GetBytes("1000\r\n" + new string(' ', 0x1000) + "\r\n");
        var head = Encoding.ASCII.GetBytes(
            "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: " +
            "chunked\r\nConnection: close\r\n\r\n");
        var answer = await RawHttp.Send(host.Address, [head, .. Enumerable.Repeat(chunk, 4)]);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-large\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_refused()
    {
        await using var host = await ApiHost.Start();
        using var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(Samples.Run("a", owner: "X"))
            .Select(letter => letter == (byte)'X' ? (byte)0xff : letter)]);
        content.Headers.Add("Content-Type", "application/json");
        using var response = await host.Client.PostAsync("/v1/runs", content);
        (await Answer.From(response)).IsProblem(422, "invalid");
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public async Task Deep_nesting_is_refused(char open, char close)
    {
        await using var host = await ApiHost.Start();
        var deep = open == '['
            ? new string(open, 100_000) + new string(close, 100_000)
            : string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string(close, 100_000);
        (await host.Post("/v1/manifests", deep)).IsProblem(422, "invalid");
        (await host.Post("/v1/manifests", deep, contentType: "application/yaml")).IsProblem(422, "invalid");
        (await host.Post("/v1/runs/default/a/complete", deep)).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task Yaml_that_multiplies_itself_is_refused()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
            contentType: "application/yaml")).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task What_comes_after_the_last_error_that_is_listed_is_not_looked_at()
    {
        await using var host = await ApiHost.Start();
        // The fiftieth error is that the last envelope here has no flavor. Its list is not read any more.
        var envelopes = string.Join(',', Enumerable.Range(0, 50).Select(i =>
            $$"""{"name":"e{{i}}","concurrency":1""" +
            (i < 49 ? "}" : ""","lending":{"allow":true,"to":["org:b","org:b"]}}""")));
        var answer = await host.Post("/v1/manifests", Samples.Budget("ai", "org:ai").Replace(
            "\"envelopes\":[", $"\"envelopes\":[{envelopes},", StringComparison.Ordinal));
        answer.IsProblem(422, "invalid");
        Assert.Equal(50, answer.Json["errors"]!.AsArray().Count);
        Assert.Empty(host.Fleet.Operations);
    }

    [Theory]
    [InlineData("/v1/runs/..%2F..%2Fetc/passwd")]
    [InlineData("/v1/runs/default/%2e%2e%2f%2e%2e%2fetc")]
    [InlineData("/v1/runs/default/A")]
    [InlineData("/v1/runs/default/a%0d%0aSet-Cookie:x")]
    [InlineData("/v1/runs/default/%3Cscript%3E")]
    [InlineData("/v1/nodes/-a")]
    [InlineData("/v1/budgets/a%20b")]
    [InlineData("/v1/flavors/a%2Fb")]
    public async Task Names_that_nothing_can_have_are_refused(string path)
    {
        await using var host = await ApiHost.Start();
        var answer = await host.Get(path);
        Assert.True(answer.Status is 400 or 404, answer.Text);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.False(answer.Headers.ContainsKey("Set-Cookie"));
    }

    [Fact]
    public async Task Dots_in_a_path_lead_nowhere()
    {
        await using var host = await ApiHost.Start();
        var answer = await RawHttp.Send(host.Address,
            "GET /v1/runs/default/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("has blank")]
    [InlineData("tab\tin")]
    [InlineData("ümlaut")]
    [InlineData("")]
    public async Task An_operation_id_is_visible_ascii(string id)
    {
        await using var host = await ApiHost.Start();
        var answer = await RawHttp.Send(
            host.Address,
            [Encoding.Latin1.GetBytes(
                $"POST /v1/runs/default/a/cancel HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {id}\r\n" +
                $"Content-Length: 0\r\nConnection: close\r\n\r\n")]);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Empty(host.Fleet.Operations);
    }

    [Fact]
    public async Task An_operation_id_is_short_and_given_once()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"), headers: ("Idempotency-Key", new string('x', 129)))).IsProblem(
            400, "bad-request");
        (await host.Post("/v1/runs", Samples.Run("a"), headers: [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]))
            .IsProblem(400, "bad-request");
        (await host.Post("/v1/runs", Samples.Run("a"), headers: ("Idempotency-Key", new string('x', 128)))).IsOk();
    }

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData(
        "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" +
        "Content-Type: application/json\r\n\r\nZZ\r\n")]
    [InlineData(
        "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" +
        "Content-Type: application/json\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}")]
    [InlineData(
        "POST /v1/runs/default/a/complete HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" +
        "Connection: close\r\nContent-Type: application/json\r\n\r\n80000000\r\n{}")]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("GET /v1/runs/default/a%00b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    public async Task Requests_that_break_http_get_a_400(string request)
    {
        await using var host = await ApiHost.Start();
        Assert.StartsWith("HTTP/1.1 400 ", await RawHttp.Send(host.Address, request), StringComparison.Ordinal);
        (await host.Get("/healthz")).IsOk();
    }

    [Fact]
    public async Task Headers_have_a_bound()
    {
        await using var host = await ApiHost.Start();
        var many = string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: y\r\n"));
        var large = $"X-Large: {new string('x', 20_000)}\r\n";
        foreach (var headers in new[] { many, large })
            Assert.StartsWith("HTTP/1.1 431 ",
                await RawHttp.Send(host.Address,
                $"GET /healthz HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"),
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8080")]
    [InlineData("localhost.evil.example")]
    [InlineData("169.254.169.254")]
    [InlineData("[::2]")]
    public async Task Other_hosts_are_not_served(string name)
    {
        await using var host = await ApiHost.Start();
        (await host.Get("/v1/runs", headers: ("Host", name))).IsProblem(400, "bad-host");
        (await host.Get("/healthz", headers: ("Host", name))).IsProblem(400, "bad-host");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:1")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:8080")]
    [InlineData("fleet.example.org:443")]
    public async Task Our_hosts_are_served(string name)
    {
        await using var host = await ApiHost.Start(options => options with { AllowedHosts = ["fleet.example.org"] });
        (await host.Get("/v1/runs", headers: ("Host", name))).IsOk();
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost.evil.example")]
    [InlineData("http://localhost:1")]
    [InlineData("https://localhost")]
    [InlineData("http://x@localhost")]
    public async Task Pages_from_elsewhere_are_not_served(string origin)
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"), headers: [("Host", "localhost"), ("Origin", origin)])).IsProblem(
            403, "bad-origin");
        (await host.Get("/v1/runs", headers: [("Host", "localhost"), ("Origin", origin)])).IsProblem(403, "bad-origin");
        Assert.Empty(host.Fleet.Operations);
    }

    [Fact]
    public async Task Pages_of_ours_and_allowed_ones_are_served()
    {
        await using var host = await ApiHost.Start(
            options => options with { AllowedOrigins = ["https://fleet.example.org"] });
        (await host.Get("/v1/runs", headers: [("Host", "localhost:8080"), ("Origin", "http://localhost:8080")])).IsOk();
        var answer = (await host.Get("/v1/runs", headers: ("Origin", "https://fleet.example.org"))).IsOk();
        Assert.DoesNotContain(answer.Headers.Keys, name =>
            name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Answers_say_nothing_of_the_server_and_are_not_kept()
    {
        await using var host = await ApiHost.Start();
        var answer = (await host.Get("/v1/runs")).IsOk();
        Assert.False(answer.Headers.ContainsKey("Server"));
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
    }
}

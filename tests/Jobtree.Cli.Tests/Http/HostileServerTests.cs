using System.Runtime.Versioning;
using System.Text;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Http;

/// <summary>What the command line makes of servers that fail, lie or are something else.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileServerTests : IDisposable
{
    private const string Run =
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"train","namespace":"default"},"spec":""" +
        """{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":4}},"status":""" +
        """{"phase":"PHASE","message":"MESSAGE"}}""";

    private readonly CliBench bench = new() { Time = new QuickTime() };

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task A_problem_document_is_printed_with_its_code_and_errors()
    {
        await using var server = Serve("422 Unprocessable Entity", "application/problem+json",
            """{"code":"invalid","detail":"Two\u001b[2J things.","errors":["spec.a: x","spec.b: y"]}""");
        var result = await bench.Run("--server", server.Url, "cancel", "train");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("error: Two\\u001b[2J things. (invalid)\n  spec.a: x\n  spec.b: y\n", result.Error);
        Assert.Empty(result.Out);
    }

    [Theory]
    [InlineData("401 Unauthorized", "unauthenticated", 1)]
    [InlineData("429 Too Many Requests", "limit-reached", 1)]
    [InlineData("503 Service Unavailable", "unavailable", 3)]
    [InlineData("500 Internal Server Error", "internal", 3)]
    public async Task A_status_decides_the_exit_code(string status, string code, int exitCode)
    {
        await using var server = Serve(status, "application/problem+json", $$"""{"code":"{{code}}","detail":"No."}""");
        var result = await bench.Run("--server", server.Url, "cancel", "train", "--operation", "op-1");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(code, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode == 3, result.Error.Contains("--operation op-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("200 OK", "text/html", "<html>a login page</html>")]
    [InlineData("200 OK", "application/json", "[1, 2")]
    [InlineData("200 OK", "application/json", "{}")]
    [InlineData("200 OK", "application/json",
        """{"apiVersion":"jobtree.dev/v1","kind":"Node","metadata":{"name":"n"},"spec":{"flavor":"a","gpus":1}}""")]
    [InlineData("502 Bad Gateway", "text/html", "<html>nginx</html>")]
    [InlineData("500 Internal Server Error", "application/problem+json", "not json")]
    [InlineData("302 Found", "text/plain", "")]
    public async Task An_answer_that_is_not_ours_leaves_the_outcome_unknown(string status, string type, string body)
    {
        await using var server = Serve(status, type, body, "Location: http://127.0.0.1:1/elsewhere\r\n");
        var result = await bench.Run("--server", server.Url, "cancel", "train");
        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Single(server.Requests);
        Assert.Contains("Repeat it safely with --operation", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("\"alice\"")]
    public async Task Whoami_of_a_server_that_names_nobody_is_not_understood(string body)
    {
        await using var server = Serve("200 OK", "application/json", body);
        var result = await bench.Run("--server", server.Url, "whoami");
        Assert.Equal((3, ""), (result.ExitCode, result.Out));
        Assert.Contains("is not understood", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_off_leaves_the_outcome_unknown()
    {
        await using var server = new StubServer(
            _ => "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"apiVersion\":");
        var result = await bench.Run("--server", server.Url, "complete", "train");
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task The_token_and_the_operation_travel_in_headers_only()
    {
        await using var server = Serve("200 OK", "application/json", RunJson("Failed", "Cancelled."));
        bench.Variables["JOBTREE_TOKEN"] = "s3cret\n";
        var result = await bench.Run("--server", server.Url, "cancel", "train", "--operation", "op-1");
        Assert.Equal((0, "run default/train cancelled, now Failed\n", ""), (result.ExitCode, result.Out, result.Error));
        var request = Assert.Single(server.Requests);
        Assert.StartsWith("POST /v1/runs/default/train/cancel HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Bearer s3cret\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nIdempotency-Key: op-1\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_comes_from_a_file_with_a_warning_when_others_can_read_it()
    {
        await using var server = Serve("200 OK", "application/json", RunJson("Running", ""));
        var file = bench.Write("token", "from-file\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var result = await bench.Run("--server", server.Url, "get", "train", "--token-file", file);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("chmod 600", result.Error, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer from-file", server.Requests[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData("line\r\nX-Evil: 1")]
    public async Task What_is_no_token_is_refused_without_repeating_it(string token)
    {
        var file = bench.Write("token", token);
        var result = await bench.Run("--server", "http://127.0.0.1:1", "list", "--token-file", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("holds no token", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Evil", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_does_not_cross_a_network_in_the_clear()
    {
        bench.Variables["JOBTREE_TOKEN"] = "s3cret";
        var result = await bench.Run("--server", "http://fleet.example:8080", "list");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--allow-http", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_goes_on_after_the_last_change_when_the_stream_breaks()
    {
        await using var server = new StubServer(request => request switch
        {
            0 => StubServer.Answer("200 OK", "application/json", RunJson("Pending", "")),
            1 => Events(Event(41, "Pending", "one"), ": alive\n\n", Event(42, "Reserved", "two")),
            2 => "",
            3 => Events(Event(43, "Running", "\u200bthree")),
            _ => throw new InvalidOperationException("One request too many."),
        });
        var result = await bench.Run("--server", server.Url, "watch", "train", "--until", "Running");
        Assert.Equal((0, ""), (result.ExitCode,
            result.Error.Replace("The server ended the stream. Trying again.\n", "", StringComparison.Ordinal)));
        Assert.Equal(
            "12:00:00  default/train  Pending    one\n12:00:00  default/train  Reserved   two\n12:00:00  " +
            "default/train  Running    \\u200bthree\n",
            result.Out);
        Assert.Equal(
            ["GET /v1/runs/default/train", "GET /v1/runs?namespace=default&name=train&watch=true",
                "GET /v1/runs?namespace=default&name=train&watch=true&after=42",
                    "GET /v1/runs?namespace=default&name=train&watch=true&after=42"],
            server.Requests.Select(request => request[..request.IndexOf(" HTTP", StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task A_watch_whose_past_is_gone_begins_again()
    {
        await using var server = new StubServer(request => request switch
        {
            0 => StubServer.Answer("200 OK", "application/json", RunJson("Pending", "")),
            1 => Events(Event(41, "Pending", "one"), "event: expired\ndata: {\"code\":\"watch-expired\"}\n\n"),
            _ => Events(Event(99, "Failed", "gone")),
        });
        var result = await bench.Run("--server", server.Url, "watch", "train", "--until", "Running");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("will not be Running any more", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("after=", server.Requests[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_gives_up_on_a_server_that_stays_away()
    {
        await using var server = new StubServer(request => request switch
        {
            0 => StubServer.Answer("200 OK", "application/json", RunJson("Pending", "")),
            1 => Events(Event(41, "Pending", "one")),
            _ => "",
        });
        var result = await bench.Run("--server", server.Url, "watch", "train");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("default/train  Pending", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_ends_at_its_timeout()
    {
        await using var server = new StubServer(request => request switch
        {
            0 => StubServer.Answer("200 OK", "application/json", RunJson("Pending", "")),
            _ => Events(Event(request, "Pending", "still")),
        });
        bench.Time = FixedTime.Noon;
        var result = await bench.Run(
            "--server", server.Url, "watch", "train", "--until", "running", "--timeout", "300ms");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Not Running within", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_come_from_the_newest_attempt_and_are_harmless_on_a_terminal()
    {
        await using var server = new StubServer(request => request % 2 == 0
            ? StubServer.Answer("200 OK", "application/json",
                """{"items":["2/rank-0.out","2/rank-0.err","1/rank-0.out","1/rank-1.out"]}""")
            : StubServer.Answer("200 OK", "text/plain", "step 1\u001b[2J\nstep 2\n"));
        Assert.Equal("step 1\u001b[2J\nstep 2\n", (await bench.Run("--server", server.Url, "logs", "train")).Out);
        bench.Width = 80;
        Assert.Equal("step 1\\u001b[2J\nstep 2\n",
            (await bench.Run("--server", server.Url, "logs", "train", "--attempt", "1", "--rank", "1")).Out);
        Assert.StartsWith("GET /v1/runs/default/train/logs/2/rank-0.out ", server.Requests[1],
            StringComparison.Ordinal);
        Assert.StartsWith("GET /v1/runs/default/train/logs/1/rank-1.out ", server.Requests[3],
            StringComparison.Ordinal);
        var missing = await bench.Run("--server", server.Url, "logs", "train", "--rank", "7");
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("there are: 2/rank-0.out", missing.Error, StringComparison.Ordinal);
    }

    private static StubServer Serve(string status, string type, string body, string headers = "") =>
        new(_ => StubServer.Answer(status, type, body, headers));

    private static string RunJson(string phase, string message) =>
        Run.Replace("PHASE", phase, StringComparison.Ordinal).Replace("MESSAGE", message, StringComparison.Ordinal);

    private static string Event(int version, string phase, string message) =>
        $"id: {version}\nevent: run\ndata: {RunJson(phase, message)}\n\n";

    private static string Events(params string[] events) =>
        StubServer.Answer("200 OK", "text/event-stream", new StringBuilder().AppendJoin("", events).ToString());
}

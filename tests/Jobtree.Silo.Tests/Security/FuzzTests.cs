using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Jobtree.Api.Access;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>
/// Requests to a real silo that are nearly right, on connections of their own: any route that its contract names, with
/// broken names, numbers, headers and bodies. Each has an answer in time that is no 5xx, and a refused one changes
/// nothing.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    /// <summary>How many requests; JOBTREE_FUZZ_REQUESTS names another number for a longer search.</summary>
    private static readonly int Requests =
        int.TryParse(Environment.GetEnvironmentVariable("JOBTREE_FUZZ_REQUESTS"), out var more) ? more : 1500;

    private const int PerLook = 100;

    /// <summary>In one batch of so many, one request of so many is a right command.</summary>
    private const int RightBatch = 3;

    private const int RightEvery = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Splinters =
    [
        "%00", "%2F", "%2e%2e", "..", "%ff", "*", "-1", "0", "1e9", "99999999999999999999", "'", "\"", "<", "{", "}",
        "[", "]", ",", ":", "null", "true", "&", "=", "?", "%", "+", "ü", "\ud83d\ude00", " ", "\t", "a", "default",
        "H100", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-P1D", "1h", "2147483648",
    ];

    private static readonly string[] Bodies =
    [
        Fleets.Small, Fleets.Run("fuzz-a"), Fleets.Run("fuzz-b", 9999), """{"failed":true,"reason":"x","attempt":1}""",
        """{"by":4}""", """{"state":"Draining","by":"1h","reason":"r"}""", """{"sponsor":"org:ai"}""",
        """{"progress":0.5,"loss":1.5}""", "", "[]", "{}", "null",
    ];

    private static readonly (string Path, string Body)[] Right =
    [
        ("/v1/runs", Fleets.Run("fuzz-b")), ("/v1/runs", Fleets.Run("fuzz-c", 1)), ("/v1/manifests", Fleets.Small),
        ("/v1/runs/default/fuzz-c/cancel", "{}"),
    ];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_request_is_answered_and_a_refused_one_changes_nothing()
    {
        var tokens = folder.Of("tokens.json");
        var token = TokenFile.Create(tokens, "fuzz", Role.Operator, ["*"]);
        var (silo, address) = await HostProcess.Serve(
            folder.Of("data"), "--empty", "--requests-per-second", "0", "--token-file", tokens);
        using var running = silo;
        using var client = new FleetClient(address, token);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("fuzz-a"), "run"));
        Assert.NotEmpty(await AskedFor(client, "{}"));
        var routes = (await client.Get("/openapi/v1.json")).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(way => (way.Name.ToUpperInvariant(), path.Name)))
            .ToArray();
        Assert.True(routes.Length > 30);
        var seed = new Random().Next();
        var random = new Random(seed);
        var (answers, commands, looks) = (0, 0, 0);
        var (accepted, acceptedBefore, before) = (0, 1, await client.Heads());
        for (var sent = 0; sent < Requests; sent++)
        {
            var batch = sent / PerLook;
            var request = batch % RightBatch == 0 && sent % PerLook % RightEvery == 0
                ? Request(Right[sent / RightEvery % Right.Length], "application/json", $"right-{sent}", token)
                : Make(routes[random.Next(routes.Length)], token, random);
            var status = await Send(address, request);
            Assert.True(status is >= 200 and < 500, $"{status} for {Encoding.Latin1.GetString(request)} (seed {seed})");
            answers += status < 300 ? 1 : 0;
            accepted += status < 300 && request[0] != (byte)'G' ? 1 : 0;
            if (sent % PerLook != PerLook - 1)
                continue;
            var after = await client.Heads();
            // What was asked for last in the batch before may be written in this one.
            if (accepted + acceptedBefore == 0)
            {
                looks++;
                Assert.True(
                    await AskedFor(client, before) is [], $"The ledger changed without a command (seed {seed}).");
            }
            else if (batch == 0)
            {
                // What they look for is there to be found.
                await Eventually.Holds(async () => (await AskedFor(client, before)).Length > 0, Patience, "a command");
                after = await client.Heads();
            }
            commands += accepted;
            (accepted, acceptedBefore, before) = (0, accepted, after);
        }
        // They were near enough to right ones to mean something.
        Assert.True(answers > Requests / 50 && commands > 0 && looks > 0,
            $"{answers} answers, {commands} to commands, {looks} batches without a command (seed {seed})");
        Assert.DoesNotContain("Something broke", silo.Said, StringComparison.Ordinal);
        Assert.Equal(0, await silo.Stop());
    }

    /// <summary>
    /// The entries of the ledgers after these heads that somebody asked for. What nobody did, time has done: a promise
    /// came due, a drain or a grace ended.
    /// </summary>
    private static async Task<string[]> AskedFor(FleetClient client, string before)
    {
        var asked = new List<string>();
        var known = JsonDocument.Parse(before).RootElement;
        foreach (var flavor in JsonDocument.Parse(await client.Heads()).RootElement.EnumerateObject())
        {
            var head = known.TryGetProperty(flavor.Name, out var last)
                ? Convert.ToBase64String(Convert.FromHexString(last.GetString()!)) : null;
            var ledger = await client.Text($"/v1/ledger/{Uri.EscapeDataString(flavor.Name)}");
            asked.AddRange(ledger.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .SkipWhile(line => head is not null && Text(line, "previous") != head)
                .Where(line => Text(line, "by") is not null));
        }
        return [.. asked];

        static string? Text(string line, string member) =>
            JsonDocument.Parse(line).RootElement.TryGetProperty(member, out var value) ? value.GetString() : null;
    }

    private static byte[] Make((string Method, string Path) route, string token, Random random)
    {
        var path = new StringBuilder();
        foreach (var part in route.Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            path.Append('/').Append(part[0] == '{' ? Value(random) : part);
        for (var query = random.Next(3); query > 0; query--)
            path.Append(path.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?')
                .Append(Pick(["limit", "continue", "at", "flavor", "owner", "phase", "after", "from", "x"], random))
                .Append('=').Append(Value(random));
        return Request(
            route.Method, path.ToString(),
            Pick(["application/json", "application/yaml", "text/plain", "a/b; charset=x"], random),
            random.Next(4) == 0 ? Value(random) : random.Next().ToString("x8", null), token,
            Broken(Encoding.UTF8.GetBytes(Pick(Bodies, random)), random));
    }

    private static byte[] Request((string Path, string Body) right, string type, string operation, string token) =>
        Request("POST", right.Path, type, operation, token, Encoding.UTF8.GetBytes(right.Body));

    private static byte[] Request(
        string method, string path, string type, string operation, string token, ReadOnlySpan<byte> body)
    {
        var head = $"""
            {method} {path} HTTP/1.1
            Host: localhost
            Connection: close
            Authorization: Bearer {token}
            Content-Type: {type}
            Idempotency-Key: {operation}
            Content-Length: {body.Length}


            """;
        return [.. Encoding.UTF8.GetBytes(head.ReplaceLineEndings("\r\n")), .. body];
    }

    private static byte[] Broken(byte[] text, Random random)
    {
        var bytes = text.ToList();
        for (var times = random.Next(4); times > 0; times--)
        {
            var at = random.Next(bytes.Count + 1);
            if (random.Next(3) == 0)
                bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
            else
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Splinters, random)));
        }
        return [.. bytes];
    }

    /// <summary>A value for a name, a number or an instant: what may be there, or a splinter, or both.</summary>
    private static string Value(Random random) => random.Next(3) switch
    {
        0 => Pick(["default", "fuzz-a", "H100", "n1", "ai", "d", "h100"], random),
        1 => Pick(Splinters, random),
        _ => Pick(Splinters, random) + Pick(Splinters, random),
    };

    private static string Pick(string[] some, Random random) => some[random.Next(some.Length)];

    /// <summary>Sends a request and reads the status of its answer; what follows may be a stream without end.</summary>
    private static async Task<int> Send(Uri address, byte[] request)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var connection = new TcpClient();
        await connection.ConnectAsync(address.Host, address.Port, patience.Token);
        var stream = connection.GetStream();
        await stream.WriteAsync(request, patience.Token);
        var line = new byte["HTTP/1.1 200".Length];
        await stream.ReadExactlyAsync(line, patience.Token);
        return int.Parse(Encoding.ASCII.GetString(line)[^3..], CultureInfo.InvariantCulture);
    }
}

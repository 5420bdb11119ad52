using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Core.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Api.Tests.Security;

/// <summary>Who changed what, and who was refused, as operators can read it.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-audit-").FullName;
    private readonly Dictionary<string, string> tokens;

    public AuditLogTests() => tokens = new[]
    {
        ("root", Role.Operator, "*"), ("ai-operate", Role.Operator, "org:ai"), ("ai-submit", Role.Submitter, "org:ai"),
        ("bio-submit", Role.Submitter, "org:bio"), ("view", Role.Viewer, "*"),
    }.ToDictionary(token => token.Item1, token => TokenFile.Create(Tokens, token.Item1, token.Item2, [token.Item3]));

    private string Tokens => Path.Combine(folder, "tokens.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Each_command_is_told_with_who_what_before_after_and_answer()
    {
        using var store = Open();
        await using var host = await Start(store);
        (await host.Post("/v1/manifests", $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")}]", tokens["root"],
            headers: ("Idempotency-Key", "fleet"))).IsOk();
        (await host.Post("/v1/manifests", Samples.Budget("ai", "org:ai").Replace("\"concurrency\":8",
            "\"concurrency\":4", StringComparison.Ordinal), tokens["ai-operate"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("a", gpus: 8), tokens["ai-submit"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b", gpus: 8), tokens["ai-submit"])).IsOk();
        (await host.Post("/v1/runs/default/b/hold", """{"reason":"wrong data"}""", tokens["ai-submit"])).IsOk();
        (await host.Post("/v1/runs/default/a/complete", """{"succeeded":true}""", tokens["ai-submit"])).IsOk();
        (await host.Post("/v1/runs/default/a/cancel", null, tokens["bio-submit"])).IsProblem(404, "not-found");
        (await host.Post("/v1/nodes/n1/state", """{"state":"Cordoned"}""", tokens["root"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("a", gpus: 2), tokens["ai-submit"])).IsProblem(409, "conflict");

        var entries = await Read(host);
        Assert.Equal(
        [
            "root|fleet|Node n1||created: 8 H100, Ready|200",
            "root|fleet|Budget ai||created: org:ai: h100 8 H100|200",
            "ai-operate||Budget ai|org:ai: h100 8 H100|changed: org:ai: h100 4 H100|200",
            "ai-submit||Run default/a||bound: 8 H100 for org:ai|200",
            "ai-submit||Run default/b||waiting: 8 H100 for org:ai|200",
            "ai-submit||Run default/b|Pending, attempt 0, 0 of 8 H100|Waiting, attempt 0, 0 of 8 H100|200",
            "ai-submit||Run default/a||Completed, attempt 1, 0 of 8 H100|200",
            "bio-submit||Run default/a|||404",
            "root||Node n1|8 H100, Ready|changed: Cordoned|200",
            "ai-submit|||||409",
        ],
        entries.Select(entry => string.Join('|', Text(entry, "token"),
            Text(entry, "operation") == "fleet" ? "fleet" : "", Text(entry, "target"), Text(entry, "before"),
            Text(entry, "after"), (int)entry["status"]!)));
        Assert.All(entries, entry => Assert.Equal("127.0.0.1", Text(entry, "address")));
        Assert.All(entries, entry => Assert.False(string.IsNullOrEmpty(Text(entry, "operation"))));
        Assert.Equal(("POST", "/v1/runs/{namespace}/{name}/hold", "submitter"),
            (Text(entries[5], "method"), Text(entries[5], "route"), Text(entries[5], "role")));
        Assert.Equal("conflict", Text(entries[9], "code"));
    }

    [Fact]
    public async Task Reads_questions_and_telemetry_leave_no_entry()
    {
        using var store = Open();
        await using var host = await Start(store);
        (await host.Get("/v1/runs", tokens["view"])).IsOk();
        (await host.Get("/v1/runs/default/none", tokens["view"])).IsProblem(404, "not-found");
        (await host.Post("/v1/plan", Samples.Run("a"), tokens["root"])).IsOk();
        (await host.Post("/v1/manifests?dryRun=true", Samples.Node("n1"), tokens["root"])).IsOk();
        await host.Post("/v1/nodes/n1/telemetry", """{"gpu":0.5}""", tokens["root"]);
        Assert.Empty(await Read(host));
    }

    [Fact]
    public async Task Every_refusal_is_told_and_no_secret_is()
    {
        using var store = Open();
        await using var host = await Start(store);
        const string secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
        (await host.Get("/v1/nodes", secret)).IsProblem(401, "unauthenticated");
        (await host.Get("/v1/audit", tokens["ai-operate"])).IsProblem(403, "forbidden");
        (await host.Get("/v1/audit-log", tokens["ai-operate"])).IsProblem(403, "forbidden");
        (await host.Get("/v1/audit-log", tokens["view"])).IsProblem(403, "forbidden");
        (await host.Post("/v1/runs/default/a/cancel", null, tokens["view"])).IsProblem(403, "forbidden");
        (await host.Get("/v1/runs", tokens["root"], ("Origin", "https://evil.example"))).IsProblem(403, "bad-origin");
        (await host.Post("/v1/runs", Samples.Run("a", more:
            $$""","workload":{"command":["sh","{{secret}}"],"env":{"KEY":"{{secret}}"} }"""),
            tokens["ai-submit"])).IsOk();
        (await host.Post("/v1/runs", $"{{\"{secret}\":1}}", tokens["ai-submit"])).IsProblem(422, "invalid");

        var entries = await Read(host);
        Assert.Equal(
            ["|/v1/nodes|401", "ai-operate|/v1/audit|403", "ai-operate|/v1/audit-log|403", "view|/v1/audit-log|403",
                "view|/v1/runs/{namespace}/{name}/cancel|403", "|none|403", "ai-submit|/v1/runs|200",
                "ai-submit|/v1/runs|422"],
            entries.Select(entry =>
                $"{Text(entry, "token")}|{Text(entry, "route")}|{(int)entry["status"]!}"));
        var all = string.Concat(Directory.GetFiles(Log, "*").Select(File.ReadAllText));
        Assert.DoesNotContain("hunter2", all, StringComparison.Ordinal);
        Assert.All(tokens.Values, token => Assert.DoesNotContain(token, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_route_that_changes_something_is_forgotten()
    {
        using var store = Open();
        await using var host = await Start(store);
        var document = (await host.Get("/openapi/v1.json")).IsOk().Json;
        var commands = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
                .Where(operation => operation.Key is "post" or "delete")
                .Select(operation => (Method: operation.Key.ToUpperInvariant(), Path: path.Key)))
            // The first two ask, and reports of telemetry are kept in memory only.
            .Where(command => command.Path is not ("/v1/plan" or "/v1/plan/what-if")
                && !command.Path.EndsWith("/telemetry", StringComparison.Ordinal)).ToList();
        Assert.True(commands.Count >= 12, $"{commands.Count}");
        foreach (var (method, path) in commands)
        {
            var filled = path.Replace("{namespace}", "default", StringComparison.Ordinal)
                .Replace("{name}", "none", StringComparison.Ordinal);
            var body = path.EndsWith("/state", StringComparison.Ordinal) ? """{"state":"Cordoned"}"""
                : path.EndsWith("/complete", StringComparison.Ordinal) ? """{"succeeded":true}"""
                : path.EndsWith("/sponsors", StringComparison.Ordinal) ? """{"sponsor":"org:lab"}"""
                : path.EndsWith("/shrink", StringComparison.Ordinal) ? """{"gpus":1}""" : "{}";
            var answer = await host.Send(new HttpMethod(method), filled, body, token: tokens["root"]);
            Assert.True(answer.Status is 404 or 422, $"{method} {path}: {answer.Status}");
        }
        Assert.Equal(commands.Select(command => $"{command.Method} {command.Path}"), (await Read(host))
            .Select(entry => $"{Text(entry, "method")} {Text(entry, "route")}"));
    }

    [Fact]
    public async Task Who_is_refused_again_and_again_does_not_push_out_what_others_did()
    {
        using var store = Open();
        await using var host = await Start(store);
        for (var i = 0; i < 200; i++)
            (await host.Get("/v1/nodes")).IsProblem(401, "unauthenticated");
        (await host.Post("/v1/manifests", Samples.Node("n1"), tokens["root"])).IsOk();
        var entries = await Read(host);
        Assert.InRange(entries.Count, 61, 199);
        Assert.Equal("Node n1", Text(entries[^1], "target"));
        Assert.Equal(201, entries.Count + entries.Sum(entry => (long?)entry["omitted"] ?? 0));
    }

    [Fact]
    public async Task The_chain_goes_on_behind_a_restart_and_a_line_that_a_crash_cut_off()
    {
        for (var start = 0; start < 3; start++)
        {
            using (var store = Open())
            {
                await using var host = await Start(store);
                (await host.Post("/v1/manifests", Samples.Node($"n{start}"), tokens["root"])).IsOk();
                Assert.Equal(start + 1, (await Read(host)).Count);
            }
            await File.AppendAllTextAsync(Assert.Single(Directory.GetFiles(Log)), "{\"sequence\":");
        }
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Directory.GetFiles(Log)[0]));
    }

    [Fact]
    public async Task The_oldest_entries_are_let_go_and_the_first_that_is_kept_is_named()
    {
        using var store = AuditFolder.Open(
            Log, new AuditRetention(16 << 20, TimeSpan.FromDays(1)), TimeProvider.System);
        var entry = new AuditEntry { Method = "POST", Route = "/v1/runs", Status = 200, Target = new string('x', 900) };
        for (var i = 0; i < 30; i++)
            await store.Append([.. Enumerable.Repeat(entry, 1000)], default);
        Assert.InRange(Directory.GetFiles(Log).Sum(file => new FileInfo(file).Length), 1, 16 << 20);
        var page = await store.Read(0, 10, default);
        Assert.InRange(page.First, 10_000, 25_000);
        Assert.Equal(page.First, page.Entries[0].Sequence);
        var last = await store.Read(29_999, 10, default);
        Assert.Equal(30_000, Assert.Single(last.Entries).Sequence);
        Assert.Empty((await store.Read(30_000, 10, default)).Entries);
        // A page may begin in one file and end in the next.
        var across = (await store.Read(page.First - 1, 5_000, default)).Entries;
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => page.First + i), across.Select(line => line.Sequence));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_holds_up_nobody_and_says_what_is_missing()
    {
        var store = new FailingStore();
        await using var host = await Start(store);
        store.Fails = true;
        (await host.Post("/v1/manifests", Samples.Node("n1"), tokens["root"])).IsOk();
        (await host.Post("/v1/manifests", Samples.Node("n2"), tokens["root"])).IsOk();
        store.Fails = false;
        (await host.Post("/v1/manifests", Samples.Node("n3"), tokens["root"])).IsOk();
        Assert.Equal(2, Assert.Single(store.Entries).Omitted);
        Assert.Contains("jobtree_errors_total{component=\"audit-log\"",
            (await host.Get("/metrics", tokens["view"])).IsOk().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_read_by_who_what_and_when()
    {
        using var store = Open();
        await using var host = await Start(store);
        (await host.Post("/v1/manifests", Samples.Node("n1"), tokens["root"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("a"), tokens["ai-submit"])).IsOk();
        (await host.Get("/v1/audit", tokens["view"])).IsProblem(403, "forbidden");
        async Task<string> Numbers(string query) =>
            string.Join(' ', (await Read(host, query)).Select(entry => (int)entry["sequence"]!));

        Assert.Equal("1 2 3", await Numbers(""));
        Assert.Equal("2", await Numbers("?token=ai-submit"));
        Assert.Equal("2", await Numbers("?target=default/a"));
        Assert.Equal("1", await Numbers("?target=Node%20n1"));
        Assert.Equal("3", await Numbers("?refused=true"));
        Assert.Equal("2 3", await Numbers("?after=1"));
        Assert.Equal("2", await Numbers("?after=1&limit=1"));
        Assert.Empty(await Numbers("?address=10.0.0.1"));
        Assert.Equal("1 2 3", await Numbers("?from=2000-01-01T00:00:00Z"));
        Assert.Empty(await Numbers("?to=2000-01-01T00:00:00Z"));
        (await host.Get("/v1/audit-log?tokn=x", tokens["root"])).IsProblem(400, "bad-request");
        (await host.Get("/v1/audit-log?after=x", tokens["root"])).IsProblem(400, "bad-request");
        await using var none = await ApiHost.Start();
        (await none.Get("/v1/audit-log")).IsProblem(404, "not-found");
    }

    private string Log => Path.Combine(folder, "audit");

    private AuditFolder Open() => AuditFolder.Open(Log, AuditRetention.OnDisk, TimeProvider.System);

    private Task<ApiHost> Start(IAuditStore store) => ApiHost.Start(
        options => options with { TokenFile = Tokens }, builder => builder.Services.AddSingleton(store));

    /// <summary>The entries, after their chain was checked where none is left out.</summary>
    private async Task<List<JsonNode>> Read(ApiHost host, string query = "")
    {
        var answer = await host.Get($"/v1/audit-log{query}", tokens["root"]);
        Assert.Equal(HttpStatusCode.OK, (HttpStatusCode)answer.Status);
        var head = HashChain.Root;
        var entries = new List<JsonNode>();
        foreach (var line in answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var entry = JsonNode.Parse(line)!;
            if (query.Length == 0)
                Assert.Equal(head, Text(entry, "previous"));
            head = HashChain.Link(System.Text.Encoding.UTF8.GetBytes(line));
            entries.Add(entry);
        }
        return entries;
    }

    private static string? Text(JsonNode entry, string member) => (string?)entry[member];

    private sealed class FailingStore : IAuditStore
    {
        public bool Fails { get; set; }

        public List<AuditEntry> Entries { get; } = [];

        public ValueTask Append(IReadOnlyList<AuditEntry> entries, CancellationToken cancellation)
        {
            if (Fails)
                throw new IOException("No space left on device");
            Entries.AddRange(entries);
            return ValueTask.CompletedTask;
        }

        public ValueTask<LedgerPage> Read(long after, int max, CancellationToken cancellation) =>
            new(new LedgerPage([], 1));
    }
}

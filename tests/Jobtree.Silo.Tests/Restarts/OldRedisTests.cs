using System.Net;
using System.Text.Json;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>
/// A Redis that a silo of November 2026 (commit a531844) wrote opens as it was. Its file holds commands, which Redis 6
/// and 7 read. That silo saved a flavor every 16 records and an envelope every 8, so that there are snapshots, and was
/// killed while seven of its thirteen runs were running; one had been cut.
/// </summary>
public sealed class OldRedisTests
{
    private const string Heads =
        """{"H100":"2df83981bca631a52b33bd646d8ac6dc0eba8f1a3901ef1d451caa90bb623089"}""";

    private static readonly string[] Phases =
    [
        "run-01 Completed", "run-02 Failed", "run-03 Failed", "run-04 Running", "run-05 Running", "run-06 Running",
        "run-07 Pending", "run-08 Running", "run-09 Running", "run-10 Running", "run-11 Running", "run-12 Pending",
        "run-13 Pending",
    ];

    [RedisFact]
    public async Task It_opens_as_it_was_and_goes_on()
    {
        using var folder = new TestFolder();
        await using var redis = await Begin(folder);
        var (first, address) = await Open(redis);
        string heads;
        string[] phases;
        using (first)
        {
            using var client = new FleetClient(address);
            Assert.Equal(Phases, await PhasesOf(client));
            Assert.Equal(Heads, await client.Heads());
            var ended = await client.Get("/v1/runs/default/run-02");
            Assert.Equal("exit 3", ended.GetProperty("status").GetProperty("message").GetString());
            var usage = (await client.Get("/v1/budgets/usage")).GetProperty("items")[0];
            Assert.Equal(24, usage.GetProperty("gpus").GetProperty("owned").GetInt32());

            await Complete(client, "run-11");
            await client.Until("/v1/runs/default/run-07",
                run => run.GetProperty("status").GetProperty("phase").GetString() == "Running");
            (heads, phases) = (await client.Heads(), await PhasesOf(client));
            Assert.Equal(0, await first.Stop());
        }
        var (second, again) = await Open(redis);
        using (second)
        {
            using var client = new FleetClient(again);
            Assert.Equal(phases, await PhasesOf(client));
            Assert.Equal(heads, await client.Heads());
            Assert.Equal(0, await second.Stop());
        }
    }

    [RedisFact]
    public async Task It_is_audited_without_a_silo_and_a_changed_entry_is_found()
    {
        using var folder = new TestFolder();
        await using var redis = await Begin(folder);
        var whole = await RedisAudit.Run(redis.Configuration, "jobtree", default);
        Assert.Empty(whole.Violations);
        Assert.Null(whole.Begins);
        Assert.Equal(Heads, JsonSerializer.Serialize(whole.Heads));

        await using var client = await redis.Connect();
        var (database, stream) = (client.GetDatabase(), (RedisKey)"{jobtree:jobtree}:j:flavor/H100");
        var entries = await database.StreamRangeAsync(stream);
        await Rewrite(database, stream, entries, ("default/run-04", "default/run-40"));
        Assert.NotEmpty((await RedisAudit.Run(redis.Configuration, "jobtree", default)).Violations);
        await Rewrite(database, stream, entries, ("", ""));
        Assert.Empty((await RedisAudit.Run(redis.Configuration, "jobtree", default)).Violations);

        // What was trimmed must have a snapshot that vouches for it.
        await database.StreamTrimByMinIdAsync(stream, entries[4].Id);
        var trimmed = await RedisAudit.Run(redis.Configuration, "jobtree", default);
        Assert.Contains("begins with entry 5", trimmed.Begins, StringComparison.Ordinal);
        Assert.Empty(trimmed.Violations);
        await database.KeyDeleteAsync("{jobtree:jobtree}:s:flavor/H100");
        var unvouched = await RedisAudit.Run(redis.Configuration, "jobtree", default);
        Assert.Contains(unvouched.Violations, found => found.What.Contains("no snapshot vouches", StringComparison
            .Ordinal));
        await Assert.ThrowsAsync<IOException>(() => RedisAudit.Run(redis.Configuration, "other", default));
    }

    /// <summary>Writes a ledger anew, with another text in the first entry that has one.</summary>
    private static async Task Rewrite(
        IDatabase database, RedisKey stream, StreamEntry[] entries, (string Old, string New) text)
    {
        await database.KeyDeleteAsync(stream);
        foreach (var entry in entries)
        {
            var record = (string)entry["p"]!;
            if (text.Old.Length > 0 && record.Contains(text.Old, StringComparison.Ordinal))
                (record, text) = (record.Replace(text.Old, text.New, StringComparison.Ordinal), ("", ""));
            await database.StreamAddAsync(stream, [new("w", entry["w"]), new("p", record)], entry.Id);
        }
    }

    [RedisFact]
    public async Task Its_ended_runs_move_to_the_history()
    {
        using var folder = new TestFolder();
        await using var redis = await Begin(folder);
        await using var postgres = await PostgresProcess.Begin();
        var (silo, address) = await Open(redis, ("JOBTREE_HISTORY_POSTGRES", postgres.Connection));
        using var _ = silo;
        using var client = new FleetClient(address);
        await client.Until("/v1/history", page => page.GetProperty("items").GetArrayLength() == 3);
        await Complete(client, "run-04");
        await client.Until("/v1/history", page => page.GetProperty("items").GetArrayLength() == 4);
        Assert.Equal(["run-04", "run-03", "run-02", "run-01"], (await client.AllEnded()).Select(NameOf));
        Assert.Equal(0, await silo.Stop());
    }

    private static async Task<RedisServer> Begin(TestFolder folder)
    {
        var data = Directory.CreateDirectory(folder.Of("redis")).FullName;
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Restarts", "Redis-2026-11", "appendonly.aof"),
            Path.Combine(data, "appendonly.aof"));
        var redis = new RedisServer(data, "--appendfsync", "always", "--maxmemory-policy", "noeviction");
        await redis.Start();
        return redis;
    }

    private static Task<(HostProcess Silo, Uri Address)> Open(
        RedisServer redis, params IEnumerable<(string, string)> settings) => HostProcess.ServeSilo(
            ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"],
            [("JOBTREE_REDIS", redis.Endpoint), .. settings]);

    private static async Task Complete(FleetClient client, string run) => Assert.Equal(HttpStatusCode.OK,
        await client.Post($"/v1/runs/default/{run}/complete", """{"succeeded":true}""", $"end-{run}"));

    private static async Task<string[]> PhasesOf(FleetClient client) => [.. (await client.AllRuns())
        .Select(run => $"{NameOf(run)} {run.GetProperty("status").GetProperty("phase").GetString()}")];

    private static string? NameOf(JsonElement run) => run.GetProperty("metadata").GetProperty("name").GetString();
}

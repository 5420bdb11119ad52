using Jobtree.Api.Auditing;
using Jobtree.Core.Ledger;
using Jobtree.Silo.Auditing;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Auditing;

/// <summary>The audit log of a cluster, on a real Redis.</summary>
public sealed class RedisAuditLogTests
{
    [RedisFact]
    public async Task Silos_that_add_at_the_same_time_make_one_chain()
    {
        await using var redis = await RedisServer.Begin();
        var silos = new List<RedisAuditLog>();
        for (var silo = 0; silo < 3; silo++)
            silos.Add(await Open(redis));
        const int batches = 40;
        await Task.WhenAll(silos.Select((silo, index) => Task.Run(async () =>
        {
            for (var i = 0; i < batches; i++)
                await silo.Append([.. Enumerable.Range(0, 1 + i % 3).Select(n => Entry($"silo {index}, {i}, {n}"))],
                    default);
        })));
        var entries = await All(silos[0]);
        var added = Enumerable.Range(0, batches).Sum(i => 1 + i % 3) * silos.Count;
        Assert.Equal(added, entries.Count);
        Assert.Equal(added, entries.Select(entry => entry.Target).Distinct().Count());
        // Each silo's own stand in its order, and a page may begin within a batch.
        Assert.Equal([.. entries.Skip(7).Take(5)], (await silos[1].Read(7, 5, default)).Entries.Select(
            line => AuditChain.Read(line.Bytes)));
        foreach (var silo in silos)
            await silo.DisposeAsync();
        // A silo that joins later goes on behind them.
        await using var later = await Open(redis);
        await later.Append([Entry("later")], default);
        Assert.Equal(added + 1, (await All(later))[^1].Sequence);
    }

    [RedisFact]
    public async Task The_oldest_are_let_go_when_there_are_too_many_bytes()
    {
        await using var redis = await RedisServer.Begin();
        const int bytesMax = 1 << 20;
        await using var log = await Open(redis, new AuditRetention(bytesMax, TimeSpan.FromDays(1)));
        var entry = Entry(new string('x', 1000));
        for (var i = 0; i < 200; i++)
            await log.Append([.. Enumerable.Repeat(entry, 10)], default);
        var page = await log.Read(0, 5000, default);
        Assert.True(page.First > 1);
        Assert.Equal(page.First, page.Entries[0].Sequence);
        Assert.Equal(2000, page.Entries[^1].Sequence);
        Assert.InRange(page.Entries.Sum(line => line.Bytes.Length + 1), bytesMax / 2, bytesMax + (bytesMax / 32));
        Check(page.Entries.Select(line => line.Bytes));
    }

    [RedisFact]
    public async Task Without_redis_nothing_is_kept_and_after_it_the_chain_goes_on()
    {
        await using var redis = await RedisServer.Begin("--appendfsync", "always");
        await using var log = await Open(redis);
        await log.Append([Entry("before")], default);
        await redis.Kill();
        await Assert.ThrowsAsync<IOException>(async () => await log.Append([Entry("lost")], default));
        await Assert.ThrowsAsync<IOException>(async () => await log.Read(0, 10, default));
        await redis.Start();
        await Eventually.Holds(async () =>
        {
            try
            {
                await log.Append([Entry("after")], default);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
        Assert.Equal(["before", "after"], (await All(log)).Select(entry => entry.Target));
    }

    private static async Task<RedisAuditLog> Open(RedisServer redis, AuditRetention? retention = null) =>
        await RedisAuditLog.Open(
            redis.Configuration, "test", retention ?? AuditRetention.InMemory, TimeProvider.System);

    private static AuditEntry Entry(string target) =>
        new() { Method = "POST", Route = "/v1/runs", Status = 200, At = DateTimeOffset.UtcNow, Target = target };

    private static async Task<List<AuditEntry>> All(RedisAuditLog log)
    {
        var lines = new List<byte[]>();
        for (var after = 0L; ;)
        {
            var page = await log.Read(after, 50, default);
            if (page.Entries.Count == 0)
                break;
            lines.AddRange(page.Entries.Select(line => line.Bytes));
            after = page.Entries[^1].Sequence;
        }
        Check(lines);
        Assert.Equal(HashChain.Root, AuditChain.Read(lines[0]).Previous);
        return [.. lines.Select(line => AuditChain.Read(line))];
    }

    private static void Check(IEnumerable<byte[]> lines)
    {
        byte[]? before = null;
        foreach (var line in lines)
        {
            if (before is not null)
                Assert.Equal((AuditChain.Read(before).Sequence + 1, HashChain.Link(before)),
                    (AuditChain.Read(line).Sequence, AuditChain.Read(line).Previous));
            before = line;
        }
    }
}

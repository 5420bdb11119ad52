using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.LargeSnapshots;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisLargeSnapshotTests
{
    [RedisFact]
    public async Task A_state_of_any_size_comes_back_and_only_the_last_one_is_kept()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(Calm(redis) with { OtherRecordsKept = 0 });
        var (_, journal) = await journals.Activate(Team);
        var last = 0L;
        var stored = 0L;
        // A compressible state becomes as small as one chunk; 40 MiB of noise do not.
        foreach (var (state, place) in ((byte[], string?)[])[(Noise(40 << 20), First), (Noise(3 << 20), Second),
            (new byte[8 << 20], null), (Noise((1 << 20) + 1), First), (Noise(1 << 20), null), (Noise(5 << 20), First)])
        {
            await journal.Write(last, Text(last + 1), Text(last + 2));
            journal.MarkDelivered(last + 1);
            await journal.Save(last += 2, state, default);
            var kept = await journals.Read(Team, default);
            Assert.Equal((last, last, last - 1), (kept.SnapshotSequence, kept.Last, kept.DeliveredUpTo));
            AssertSame(state, kept);
            Assert.Equal(place is null ? [] : [place], await Places(client));
            Assert.Equal(place is null ? ["q", "s", "t"] : ["c", "g", "l", "n", "q", "t"], await HeaderFields(client));
            stored += state.AsSpan().ContainsAnyExcept((byte)0) ? state.Length : 0;
        }
        Assert.Equal(6, journals.Statistics.Snapshots);
        // Compressed noise is somewhat larger than noise.
        Assert.InRange(journals.Statistics.SnapshotBytes, stored, stored * 1.1);

        Assert.Equal([Team], await journals.Forget([new(Team, last)], default));
        Assert.Empty(await Keys(client, "*H100*"));
    }

    [RedisFact]
    public async Task Chunks_that_a_crash_left_behind_are_removed_by_the_next_save()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2", "3");
        foreach (var (before, next, left) in ((byte[], byte[], string[])[])[
            (Noise(200_000), Noise(300_000), [Second]), (Noise(200_000), Bytes("small"), []),
            (Bytes("small"), Noise(300_000), [First]), (Bytes("small"), Bytes("smaller"), [])])
        {
            await journal.Save(3, before, default);
            await SendOnly(client, options);
            await SendOnly(client, options);
            Assert.Equal(before.Length > Chunk ? 2 : 1, (await Places(client)).Length);
            AssertSame(before, await journals.Read(Team, default));
            await journal.Save(3, next, default);
            AssertSame(next, await journals.Read(Team, default));
            Assert.Equal(left, await Places(client));
            Assert.DoesNotContain("b", await HeaderFields(client));
        }
        await SendOnly(client, options);
        Assert.Equal([Team], await journals.Forget([new(Team, 3)], default));
        Assert.Empty(await Keys(client, "*H100*"));

        // Without a snapshot the chunks alone are none.
        (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1");
        await SendOnly(client, options);
        Assert.Equal((0, 1), ((await journals.Read(Team, default)).SnapshotSequence,
            (await journals.Read(Team, default)).Last));
    }

    [RedisFact]
    public async Task Full_memory_keeps_the_former_snapshot_and_is_not_filled_by_half_of_the_next()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var database = client.GetDatabase();
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2");
        foreach (var former in (byte[][])[Bytes("small"), Noise(3 << 20)])
        {
            await journal.Save(1, former, default);
            var used = (string)(await database.ExecuteAsync("INFO", "memory"))!;
            var now = long.Parse(RedisGauge.Fields(RedisResult.Create((RedisValue)used))["used_memory"],
                System.Globalization.CultureInfo.InvariantCulture);
            await database.ExecuteAsync("CONFIG", "SET", "maxmemory", now + (8 << 20));
            var refused = await Assert.ThrowsAsync<IOException>(() => journal.Save(2, Noise(20 << 20), default));
            Assert.Contains("memory is full (OOM)", refused.Message, StringComparison.Ordinal);
            await Until(() => !database.HashExists(Header, "b"));
            Assert.Equal(former.Length > 100 ? [First] : [], await Places(client));
            await Until(() => journals.AwayBecause is null);
            var kept = await journals.Read(Team, default);
            Assert.Equal((1, 2), (kept.SnapshotSequence, kept.Last));
            AssertSame(former, kept);
            await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        }
    }

    [RedisFact]
    public async Task What_versions_before_chunks_saved_is_read_and_replaced()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2");
        // As those versions write it: the whole state in one field.
        byte[] older = Noise(3 << 20), newer = Noise(2 << 20), oldest = new byte[3 << 20];
        foreach (var state in (byte[][])[older, oldest])
        {
            await SaveAsBefore(1, state);
            var kept = await journals.Read(Team, default);
            Assert.Equal((1, 2), (kept.SnapshotSequence, kept.Last));
            AssertSame(state, kept);
        }
        await journal.Save(2, newer, default);
        AssertSame(newer, await journals.Read(Team, default));
        Assert.Equal(["c", "g", "l", "n", "q", "t"], await HeaderFields(client));

        // Such a version could save beside the chunks, if it had the state: the newer one then finds what it saved.
        await SaveAsBefore(2, older);
        AssertSame(older, await journals.Read(Team, default));
        await journal.Save(2, Bytes("small"), default);
        Assert.Equal("small", Text((await journals.Read(Team, default)).Snapshot));
        Assert.Empty(await Places(client));

        Task SaveAsBefore(long last, byte[] state) => client.GetDatabase().HashSetAsync(Header,
            [new("q", last), new("s", SnapshotFormat.Write(state)), new("t", 0)]);
    }

    [RedisFact]
    public async Task Damaged_chunks_are_named_and_not_read_over()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var database = client.GetDatabase();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1");
        await journal.Save(1, Noise(300_000), default);
        var nonce = ((string)(await database.HashGetAsync(Header, "g"))!)[1..];
        var chunk = (byte[])(await database.HashGetAsync(First, $"{nonce}:1"))!;

        chunk[1000] ^= 1;
        await database.HashSetAsync(First, $"{nonce}:1", chunk);
        await Damage();
        chunk[1000] ^= 1;
        await database.HashSetAsync(First, $"{nonce}:1", chunk);
        Assert.Equal(1, (await journals.Read(Team, default)).SnapshotSequence);

        var checksum = (long)await database.HashGetAsync(Header, "c");
        await database.HashSetAsync(Header, "c", checksum ^ 1);
        Assert.Contains("checksum", await Damage(), StringComparison.Ordinal);
        await database.HashSetAsync(Header, "l", 299_000);
        Assert.Contains("and should have 299000", await Damage(), StringComparison.Ordinal);
        await database.HashSetAsync(Header, "n", 4);
        Assert.Contains("it ends before its 300000 bytes", await Damage(), StringComparison.Ordinal);
        await database.HashSetAsync(Header, "n", 5);
        await database.HashDeleteAsync(First, $"{nonce}:1");
        Assert.Contains("chunk 2 of 5 is missing", await Damage(), StringComparison.Ordinal);
        await database.HashDeleteAsync(Header, "g");
        Assert.Contains("its snapshot has no state", await Damage(), StringComparison.Ordinal);

        async Task<string> Damage() =>
            (await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Team, default))).Message;
    }
}

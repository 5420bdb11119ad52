using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.LargeSnapshots;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisSnapshotRaceTests
{
    [RedisFact]
    public async Task A_reader_finds_one_snapshot_whole_while_newer_ones_replace_it()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, old) = await journals.Activate(Team);
        await old.Write(0, "1");
        await old.Save(1, Noise(300_000), default);
        var (_, next) = await journals.Activate(Team);
        var (database, calls) = InterposedDatabase.Of(client.GetDatabase());
        var reader = new JournalReader(database, options, new RedisKeys("test"), TimeProvider.System);
        // The first reading meets a save in the middle, the second two of them, which fill the same hash again; the
        // third a small one.
        var (reads, saves) = (0, 1);
        var state = Array.Empty<byte>();
        calls.Before = async call =>
        {
            if (call.IsRead && ++reads is 3 or 6 or 7 or 10)
            {
                await next.Write(saves, Text(++saves));
                await next.Save(saves, state = Noise(reads == 10 ? 3 : 300_000), default);
            }
        };
        var kept = await reader.Read(Team, default);
        Assert.Equal((5, 5), (saves, kept.Last));
        AssertSame(state, kept);
        Assert.Empty(await Places(client));
    }

    [RedisFact]
    public async Task A_save_that_another_one_overtakes_leaves_nothing()
    {
        foreach (var otherBytes in (int[])[10, 300_000])
        {
            foreach (var beforeChunk in (int?[])[1, 3, null])
            {
                await Overtake(beforeChunk, otherBytes, 2);
                await Overtake(beforeChunk, otherBytes, 3);
            }
        }
    }

    private static async Task Overtake(int? beforeChunk, int otherBytes, long otherLast)
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, old) = await journals.Activate(Team);
        await old.Write(0, "1", "2");
        var (_, next) = await journals.Activate(Team);
        await next.Write(2, "3");
        var (snapshots, calls) = Interposed(client, options);
        var other = Noise(otherBytes);
        calls.Before = call => (beforeChunk is null ? call.IsCommit : call.Chunk == beforeChunk)
            ? next.Save(otherLast, other, default) : Task.CompletedTask;
        var refused = await Assert.ThrowsAnyAsync<IOException>(() => Save(snapshots, old, 2, Noise(500_000)));
        Assert.Contains(beforeChunk is null && otherLast == 3 ? "one at 3 is kept" : "Another save of it began",
            refused.Message, StringComparison.Ordinal);
        var kept = await journals.Read(Team, default);
        Assert.Equal((otherLast, 3), (kept.SnapshotSequence, kept.Last));
        AssertSame(other, kept);
        Assert.DoesNotContain("b", await HeaderFields(client));
        Assert.Equal(other.Length > Chunk ? 1 : 0, (await Places(client)).Length);

        // From now on it is known before anything is sent.
        calls.Before = call => call.Chunk is null ? Task.CompletedTask : throw new InvalidOperationException();
        if (otherLast == 3)
            await Assert.ThrowsAsync<JournalFencedException>(() => Save(snapshots, old, 2, Noise(500_000)));
        Assert.Equal(otherLast == 3, old.IsBroken);
    }

    [RedisFact]
    public async Task A_save_whose_records_are_lost_meanwhile_leaves_nothing()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2");
        await journal.Save(1, Noise(300_000), default);
        var (snapshots, calls) = Interposed(client, options);
        calls.Before = call => call.IsCommit
            ? client.GetDatabase().StreamDeleteAsync("{jobtree:test}:j:envelope/ai/H100", ["2-0"]) : Task.CompletedTask;
        var refused = await Assert.ThrowsAsync<JournalFencedException>(
            () => Save(snapshots, journal, 2, Noise(500_000)));
        Assert.Contains("ends with 1", refused.Message, StringComparison.Ordinal);
        await Until(() => !client.GetDatabase().HashExists(Header, "b"));
        Assert.Equal([First], await Places(client));
    }

    [RedisFact]
    public async Task Of_saves_at_once_one_is_kept_whole()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(Calm(redis) with { SnapshotChunkBytes = 4 << 10 });
        var opened = await journals.Activate(Team);
        await opened.Journal.Write(0, "1");
        var next = await journals.Activate(Team);
        for (var round = 0; round < 10; round++)
        {
            byte[][] states = [Noise(100_000), Noise(90_000), Noise(100)];
            var saves = states.Select((state, index) => (index == 0 ? opened : next).Journal.Save(1, state, default))
                .ToList();
            foreach (var save in saves)
            {
                // The small one is refused by nobody; it may end another, or be replaced by it.
                if (save == saves[2])
                    await save;
                else if (await Record.ExceptionAsync(() => save) is { } failure)
                    Assert.Contains("Another save of it began", failure.Message, StringComparison.Ordinal);
            }
            var kept = await journals.Read(Team, default);
            var winner = Assert.Single(states, state => state.AsSpan().SequenceEqual(kept.Snapshot.Span));
            await Until(() => !client.GetDatabase().HashExists(Header, "b"));
            Assert.Equal(winner == states[2] ? 0 : 1, (await Places(client)).Length);
        }
    }

    [RedisFact]
    public async Task A_lost_answer_or_a_cancelled_save_loses_no_snapshot_and_leaves_no_chunks()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2", "3");
        var (snapshots, calls) = Interposed(client, options);
        byte[][] states = [Noise(300_000), Noise(400_000), Noise(500_000), Noise(200_000)];
        await Save(snapshots, journal, 1, states[0]);

        calls.Loses = call => call.Chunk == 4;
        await NotKept(() => Save(snapshots, journal, 2, states[1]));
        await Until(() => !client.GetDatabase().HashExists(Header, "b"));
        Assert.Equal([First], await Places(client));
        AssertSame(states[0], await journals.Read(Team, default));

        // Redis has it, but the caller cannot know.
        calls.Loses = call => call.IsCommit;
        await NotKept(() => Save(snapshots, journal, 3, states[2]));
        var kept = await journals.Read(Team, default);
        Assert.Equal(3, kept.SnapshotSequence);
        AssertSame(states[2], kept);
        Assert.Equal([Second], await Places(client));

        calls.Loses = static _ => false;
        using var cancel = new CancellationTokenSource();
        calls.Before = call => call.Chunk == 2 ? cancel.CancelAsync() : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => snapshots.Save(
            (RedisActorJournal)journal, 3, isOwn: true, 0, states[3], cancel.Token));
        await Until(() => !client.GetDatabase().HashExists(Header, "b"));
        Assert.Equal([Second], await Places(client));

        calls.Before = static _ => Task.CompletedTask;
        await Save(snapshots, journal, 3, states[3]);
        AssertSame(states[3], await journals.Read(Team, default));
        Assert.Equal([First], await Places(client));
        Assert.False(journal.IsBroken);

        static async Task NotKept(Func<Task> save) => Assert.Equal(
            "The snapshot of envelope/ai/H100 is not kept: Redis does not answer.",
            (await Assert.ThrowsAsync<IOException>(save)).Message);
    }

    [RedisFact]
    public async Task Memory_that_is_full_when_the_last_script_comes_costs_no_snapshot()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        var options = Calm(redis) with { SnapshotChunkBytes = Chunk };
        await using var journals = await Open(options);
        var (_, journal) = await journals.Activate(Team);
        await journal.Write(0, "1", "2");
        var (snapshots, calls) = Interposed(client, options);
        foreach (var (former, next) in ((byte[], byte[])[])[(Bytes("small"), Noise(300_000)),
            (Noise(200_000), Noise(300_000)), (Noise(200_000), Bytes("smaller"))])
        {
            calls.Before = static _ => Task.CompletedTask;
            await Save(snapshots, journal, 1, former);
            calls.Before = call => call.IsCommit
                ? client.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1") : Task.CompletedTask;
            var refused = await Assert.ThrowsAsync<IOException>(() => Save(snapshots, journal, 2, next));
            Assert.Contains("memory is full (OOM)", refused.Message, StringComparison.Ordinal);
            var kept = await journals.Read(Team, default);
            Assert.Equal((1, 2), (kept.SnapshotSequence, kept.Last));
            AssertSame(former, kept);
            await Until(() => !client.GetDatabase().HashExists(Header, "b"));
            await client.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        }
    }
}

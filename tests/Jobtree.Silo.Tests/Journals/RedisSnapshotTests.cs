using Jobtree.Actors.Ports;
using System.Security.Cryptography;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisSnapshotTests
{
    [RedisFact]
    public async Task A_snapshot_stands_for_the_records_before_it()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Calm(redis) with { FlavorRecordsKept = 3 });
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, "1", "2", "3", "4", "5", "6");
        journal.MarkDelivered(4);
        await journal.Save(5, Bytes("state of 5"), default);
        Assert.Equal(1, journal.SinceSnapshot);

        var kept = await journals.Read(Flavor, default);
        Assert.Equal(
            (5, "state of 5", 6, 4),
            (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last, kept.DeliveredUpTo));
        Assert.Equal(["6"], kept.Texts());
        // Three before the snapshot's last stay for audits.
        Assert.Equal(["2-0", "3-0", "4-0", "5-0", "6-0"], await Ids(redis, "flavor/H100"));

        var (_, next) = await journals.Activate(Flavor);
        await next.Write(6, "7");
        await next.Save(7, Bytes("state of 7"), default);
        await next.Write(7, "8", "9");
        kept = await journals.Read(Flavor, default);
        Assert.Equal(
            (7, "state of 7", 9, 4),
            (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last, kept.DeliveredUpTo));
    }

    [RedisFact]
    public async Task A_snapshot_waits_for_its_records_and_is_refused_with_them()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        var mine = journals.Open(Train, RecoveredState.Nothing);
        var appended = mine.Append(1, Bytes("1"));
        await mine.Save(1, Bytes("state"), default);
        Assert.True(appended.IsCompletedSuccessfully);

        var (_, next) = await journals.Activate(Train);
        await next.Write(1, "2 of the next");
        var refused = mine.Append(2, Bytes("2 of mine"));
        await Assert.ThrowsAsync<JournalFencedException>(() => mine.Save(2, Bytes("what never was"), default));
        await Assert.ThrowsAsync<JournalFencedException>(() => refused);
        Assert.Equal("state", Text((await journals.Read(Train, default)).Snapshot));
    }

    [RedisFact]
    public async Task A_snapshot_older_than_the_kept_one_is_refused()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        var (_, old) = await journals.Activate(Train);
        await old.Write(0, "1", "2");
        var (_, next) = await journals.Activate(Train);
        await next.Write(2, "3");
        await next.Save(3, Bytes("of 3"), default);
        var refused = await Assert.ThrowsAsync<JournalFencedException>(() => old.Save(2, Bytes("of 2"), default));
        Assert.Contains("one at 3 is kept", refused.Message, StringComparison.Ordinal);
        Assert.True(old.IsBroken);
        Assert.Equal("of 3", Text((await journals.Read(Train, default)).Snapshot));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => next.Save(4, Bytes("of the future"), default));
    }

    [RedisFact]
    public async Task A_large_snapshot_comes_back_whole_while_records_go_on()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, "1");
        var state = new byte[24 << 20];
        RandomNumberGenerator.Fill(state.AsSpan(0, state.Length / 2));
        var save = journal.Save(1, state, default);
        await journal.Write(1, [.. Enumerable.Range(2, 500).Select(number => Text(number))]);
        await save;
        var kept = await journals.Read(Flavor, default);
        Assert.True(state.AsSpan().SequenceEqual(kept.Snapshot.Span));
        Assert.Equal(501, kept.Last);
        Assert.True(journals.Statistics.SnapshotBytes < state.Length * 3 / 4);
    }

    [Fact]
    public void A_state_that_was_not_written_so_is_refused()
    {
        var state = new byte[100_000];
        Array.Fill(state, (byte)7);
        var written = SnapshotFormat.Write(state);
        Assert.True(written.Length < 5_000);
        Assert.Equal(state, SnapshotFormat.Read(written, state.Length).ToArray());
        Assert.Equal([1, 2, 3], SnapshotFormat.Read(SnapshotFormat.Write(new byte[] { 1, 2, 3 }), 3).ToArray());
        Assert.Empty(SnapshotFormat.Read(SnapshotFormat.Write(ReadOnlyMemory<byte>.Empty), 0).ToArray());

        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(written, state.Length - 1));
        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(written[..^20], state.Length));
        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(ReadOnlyMemory<byte>.Empty, 10));
        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(new byte[] { 9, 1, 2 }, 10));
        var longer = written.ToArray();
        longer[1]--;
        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(longer, state.Length));
        var negative = written.ToArray();
        negative[4] = 0xff;
        Assert.Throws<InvalidDataException>(() => SnapshotFormat.Read(negative, state.Length));
    }

    private static async Task<string[]> Ids(RedisServer redis, string actor)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        return [.. (await client.GetDatabase().StreamRangeAsync("{jobtree:test}:j:" + actor))
            .Select(entry => entry.Id.ToString())];
    }
}

using System.Security.Cryptography;
using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>What the tests of snapshots in chunks share. All are of one flavor.</summary>
internal static class LargeSnapshots
{
    public const string Header = "{jobtree:test}:s:envelope/ai/H100";
    public const string First = "{jobtree:test}:c0:envelope/ai/H100";
    public const string Second = "{jobtree:test}:c1:envelope/ai/H100";
    public const int Chunk = 64 << 10;

    /// <summary>Compares a snapshot.</summary>
    public static void AssertSame(byte[] state, RecoveredState kept) =>
        Assert.True(state.AsSpan().SequenceEqual(kept.Snapshot.Span));

    /// <summary>What does not become smaller when it is compressed.</summary>
    public static byte[] Noise(int length) => RandomNumberGenerator.GetBytes(length);

    /// <summary>What saves snapshots over a database that a test may interpose itself in.</summary>
    public static (SnapshotStore Snapshots, InterposedDatabase Calls) Interposed(
        ConnectionMultiplexer client, RedisJournalOptions options)
    {
        var (database, calls) = InterposedDatabase.Of(client.GetDatabase());
        return (new SnapshotStore(
            database, options, new RedisKeys("test"), new JournalCounters(), TimeProvider.System), calls);
    }

    public static Task Save(SnapshotStore snapshots, IActorJournal journal, long last, byte[] state) =>
        snapshots.Save((RedisActorJournal)journal, last, isOwn: true, 0, state, default);

    /// <summary>Sends the chunks of a snapshot, as a silo does that dies before it makes them one.</summary>
    public static Task<RedisValue[]> SendOnly(ConnectionMultiplexer client, RedisJournalOptions options) =>
        new SnapshotChunks(client.GetDatabase(), options, new RedisKeys("test"), Team, TimeProvider.System)
            .Send(Noise(300_000), default);

    /// <summary>Which of the two hashes of chunks there are.</summary>
    public static async Task<string[]> Places(ConnectionMultiplexer client) =>
        [.. (await Keys(client, "{jobtree:test}:c?:*")).Order()];

    public static async Task<string[]> HeaderFields(ConnectionMultiplexer client) =>
        [.. (await client.GetDatabase().HashKeysAsync(Header)).Select(field => field.ToString()).Order()];

    public static async Task<string[]> Keys(ConnectionMultiplexer client, string pattern) =>
        (string[])(await client.GetDatabase().ExecuteAsync("KEYS", pattern))!;
}

using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>Reads the streams in Redis as they are, past everything that silos do to read them.</summary>
internal sealed class Store(ConnectionMultiplexer connection, string service) : IAsyncDisposable
{
    private const int PageEntries = 2_000;
    private const int StateBytesMax = 64 << 20;

    private readonly IDatabase database = connection.GetDatabase();
    private readonly RedisKeys keys = new(service);

    /// <summary>The entries of a flavor from a number on.</summary>
    public async IAsyncEnumerable<StoredEntry> Ledger(string flavor, long from)
    {
        var stream = keys.Journal(new ActorKey(ActorKind.Flavor, flavor));
        while (await database.StreamRangeAsync(stream, from, "+", PageEntries) is { Length: > 0 } page)
        {
            foreach (var entry in page)
            {
                var stored = Read(entry);
                from = stored.Sequence + 1;
                yield return stored;
            }
        }
    }

    /// <summary>The last entry of a flavor; null: there is none.</summary>
    public async Task<StoredEntry?> Last(string flavor) =>
        await database.StreamRangeAsync(keys.Journal(new ActorKey(ActorKind.Flavor, flavor)), "-", "+", 1,
            Order.Descending) is [var entry] ? Read(entry) : null;

    /// <summary>All that is kept of some runs.</summary>
    public async Task<IReadOnlyList<StoredRun>> Runs(IEnumerable<RunKey> runs) => await Task.WhenAll(runs.Select(Run));

    /// <summary>All runs that have a journal.</summary>
    public async Task<IReadOnlySet<RunKey>> AllRuns()
    {
        var all = new HashSet<RunKey>();
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            foreach (var member in await database.SortedSetRangeByRankAsync(keys.Runs(shard)))
                all.Add(RunKey.Parse(member.ToString()));
        }
        return all;
    }

    /// <summary>The number of the last record of every journal.</summary>
    public async Task<IReadOnlyDictionary<ActorKey, long>> Lengths()
    {
        var lengths = new Dictionary<ActorKey, long>();
        var prefix = $"{{jobtree:{service}}}:";
        var found = new List<RedisKey>();
        await foreach (var key in connection.GetServers()[0].KeysAsync(
            pattern: $"{prefix}[js]:*", pageSize: PageEntries))
            found.Add(key);
        foreach (var some in found.Chunk(PageEntries))
        {
            foreach (var (key, last) in some.Zip(await Task.WhenAll(some.Select(LastOf))))
            {
                var actor = ActorKey.Parse(key.ToString()[(prefix.Length + 2)..]);
                lengths[actor] = Math.Max(last, lengths.GetValueOrDefault(actor));
            }
        }
        return lengths;

        async Task<long> LastOf(RedisKey key) => key.ToString()[prefix.Length] == 's'
            ? (long)await database.HashGetAsync(key, JournalField.Sequence)
            : await database.StreamRangeAsync(key, "-", "+", 1, Order.Descending) is [var entry]
                ? Read(entry).Sequence : 0;
    }

    /// <summary>Whether the cluster has declared the silo at a port dead.</summary>
    public async Task<bool> IsDead(int port)
    {
        foreach (var member in await database.HashGetAllAsync($"{service}/members/{service}"))
        {
            if (!member.Name.ToString().Contains($":{port}:", StringComparison.Ordinal))
                continue;
            using var entry = JsonDocument.Parse(member.Value.ToString());
            return entry.RootElement.GetProperty("Status").GetInt32() == (int)SiloStatus.Dead;
        }
        return false;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<StoredRun> Run(RunKey run)
    {
        var actor = new ActorKey(ActorKind.Run, run.ToString());
        var snapshot = database.HashGetAsync(keys.Snapshot(actor), [JournalField.Sequence, JournalField.State]);
        var entries = database.StreamRangeAsync(keys.Journal(actor));
        var kept = await snapshot;
        var (sequence, state) = !kept[0].IsNull
            ? ((long)kept[0], SnapshotFormat.Read((ReadOnlyMemory<byte>)kept[1], StateBytesMax)) : (0, default);
        return new StoredRun(run, sequence, state, [.. (await entries).Select(Read)]);
    }

    private static StoredEntry Read(StreamEntry entry)
    {
        var id = entry.Id.ToString();
        return new StoredEntry(
            long.Parse(id.AsSpan(0, id.IndexOf('-', StringComparison.Ordinal)), NumberStyles.None,
                CultureInfo.InvariantCulture),
            Convert.ToHexStringLower((byte[])entry[JournalField.Writer]!),
            (ReadOnlyMemory<byte>)entry[JournalField.Payload]);
    }
}

using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Removes actors whose state another store holds, and puts them back.</summary>
internal sealed class ForgottenActors(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, TimeProvider time)
{
    /// <summary>
    /// How many actors one script removes. Records wait while it runs, about as long as for a full batch of others.
    /// </summary>
    private const int ActorsAtOnce = 100;

    private readonly LoadedScript forget = new(JournalScripts.Forget);
    private readonly LoadedScript restore = new(JournalScripts.Restore);

    /// <summary>Removes those actors whose last record is the one said.</summary>
    /// <returns>The actors of which nothing is left.</returns>
    /// <exception cref="IOException">Redis does not answer; some may have been removed.</exception>
    public async Task<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> actors, CancellationToken cancellation)
    {
        var gone = new List<ActorKey>(actors.Count);
        foreach (var some in actors.Chunk(ActorsAtOnce))
        {
            var staying = await Call(forget, Arguments(some), "Actors cannot be forgotten now.", cancellation);
            gone.AddRange(some.Where((_, index) => !staying.Contains(index + 1)).Select(position => position.Actor));
        }
        return gone;
    }

    /// <summary>Puts an actor back.</summary>
    /// <exception cref="JournalFencedException">The actor has a journal.</exception>
    /// <exception cref="IOException">Redis does not answer; the actor may have been restored.</exception>
    public async Task Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        RedisKey[] places = [keys.Journal(actor), keys.Snapshot(actor)];
        if (RedisKeys.ShardOf(actor) is { } shard)
            places = [.. places, keys.Runs(shard)];
        RedisValue[] values = [sequence, JournalField.WriterOfRestored, SnapshotFormat.Write(state), actor.Name];
        if (await Call(restore, (places, values), $"{actor} cannot be restored now.", cancellation) is [var last])
            throw new JournalFencedException(
                $"{actor} was not restored at record {sequence}: it has a journal, which ends with record {last}.");
    }

    private (RedisKey[] Keys, RedisValue[] Values) Arguments(ActorPosition[] actors)
    {
        var places = actors.SelectMany(position => keys.All(position.Actor)).ToList();
        var values = new List<RedisValue>(1 + actors.Length * 3) { actors.Length };
        var shards = new Dictionary<int, int>();
        foreach (var (actor, sequence) in actors)
        {
            var place = 0;
            if (RedisKeys.ShardOf(actor) is { } shard && !shards.TryGetValue(shard, out place))
            {
                places.Add(keys.Runs(shard));
                place = shards[shard] = places.Count;
            }
            values.AddRange([sequence, place, actor.Name]);
        }
        return ([.. places], [.. values]);
    }

    private async Task<long[]> Call(LoadedScript script, (RedisKey[] Keys, RedisValue[] Values) arguments,
        string failed, CancellationToken cancellation)
    {
        try
        {
            return await script.Call(database, arguments.Keys, arguments.Values, options, time, cancellation);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException($"{failed} {Outage.Of(failure).Reason}");
        }
    }
}

using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The keys of one service. They share one hash tag, so a Redis Cluster keeps them in one slot. One script may then
/// access the journals of many actors.
/// </summary>
internal sealed class RedisKeys
{
    private const int ActorBytesMax = 512;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly string prefix;
    private readonly RedisKey[] runs;

    public RedisKeys(string service)
    {
        prefix = $"{{jobtree:{service}}}:";
        Store = $"{prefix}store";
        Links = $"{prefix}links";
        runs = [.. Enumerable.Range(0, RunShard.Count).Select(shard => (RedisKey)$"{prefix}runs:{shard}")];
    }

    /// <summary>The hash that says how far everything was written; see <see cref="Losses.StoreTable"/>.</summary>
    public RedisKey Store { get; }

    /// <summary>The hash of what silos say of their links; see <see cref="LinkTable"/>.</summary>
    public RedisKey Links { get; }

    /// <summary>The stream of an actor's records; an entry's id is its record's number.</summary>
    /// <exception cref="ArgumentException">The actor's key is longer than 512 bytes, or not valid text.</exception>
    public RedisKey Journal(ActorKey actor) => Of("j:", actor);

    /// <summary>The hash that holds an actor's snapshot.</summary>
    public RedisKey Snapshot(ActorKey actor) => Of("s:", actor);

    /// <summary>One of the two hashes for the chunks of an actor's snapshot.</summary>
    public RedisKey Chunks(ActorKey actor, int half) => Of(half == 0 ? "c0:" : "c1:", actor);

    /// <summary>All that is kept of an actor: its stream, its snapshot, and the two hashes of chunks.</summary>
    public RedisKey[] All(ActorKey actor) => [Journal(actor), Snapshot(actor), Chunks(actor, 0), Chunks(actor, 1)];

    /// <summary>The runs of a shard, ordered by the time of their first record.</summary>
    public RedisKey Runs(int shard) => runs[shard];

    /// <summary>The shard that lists an actor; null: the actor is no run.</summary>
    public static int? ShardOf(ActorKey actor) =>
        actor.Kind == ActorKind.Run && RunKey.TryParse(actor.Name, out var run) ? RunShard.Of(run) : null;

    private RedisKey Of(string kind, ActorKey actor)
    {
        var name = actor.ToString();
        // Strict: with replacement characters for invalid text, two actors could share a journal.
        var count = Strict.GetByteCount(name);
        if (count > ActorBytesMax || actor.Name.Length == 0)
            throw new ArgumentException(
                $"An actor's key has at most {ActorBytesMax} bytes and a name; this one has {count}.", nameof(actor));
        return Strict.GetBytes(prefix + kind + name);
    }
}

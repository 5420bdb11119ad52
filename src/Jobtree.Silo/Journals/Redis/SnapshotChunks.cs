using System.Security.Cryptography;
using Jobtree.Actors.Ports;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Sends a large snapshot in chunks, so that Redis is never busy for long. Nobody reads the chunks until the snapshot
/// names their nonce.
/// </summary>
internal sealed class SnapshotChunks(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, ActorKey actor, TimeProvider time)
{
    private const int NonceBytes = 8;

    private static readonly LoadedScript Script = new(SnapshotScripts.Chunk);

    private readonly string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes));
    private readonly RedisKey[] places = keys.All(actor)[1..];
    private int sent;

    /// <summary>The bytes as stored.</summary>
    public long Bytes { get; private set; }

    /// <summary>The field of a chunk.</summary>
    public static RedisValue Field(string nonce, int index) => $"{nonce}:{index}";

    /// <summary>Compresses the state and sends its chunks.</summary>
    /// <returns>What the script that saves it needs: the nonce and the fields of the snapshot. No nonce if it became so
    /// small that it is one of the fields, and nothing was sent.</returns>
    /// <exception cref="SnapshotSupersededException">Another save has begun meanwhile.</exception>
    public async Task<RedisValue[]> Send(ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        await using var chunks = new ChunkStream(options.SnapshotChunkBytes, chunk => SendOne(chunk, cancellation));
        var checksum = await SnapshotFormat.Write(state, chunks, cancellation);
        if (!chunks.HasSent)
        {
            Bytes = chunks.Rest.Length;
            return [RedisValue.EmptyString, JournalField.State, chunks.Rest];
        }
        await chunks.Complete();
        return [nonce, JournalField.Chunks, sent, JournalField.StoredBytes, Bytes, JournalField.Checksum, checksum];
    }

    /// <summary>Removes what was sent, if Redis answers; else the next save does.</summary>
    public void Drop()
    {
        if (sent > 0)
            _ = database.ScriptEvaluateAsync(
                Script.Hash, places, [nonce], CommandFlags.DemandMaster | CommandFlags.FireAndForget);
    }

    private async Task SendOne(ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        RedisValue[] values = [nonce, sent++, chunk];
        Bytes += chunk.Length;
        if (await Script.Call(database, places, values, options, time, cancellation) is not [1])
            throw new SnapshotSupersededException();
    }
}

/// <summary>Another save of the same actor has begun, and removed the chunks of this one.</summary>
internal sealed class SnapshotSupersededException() : Exception("Another save of it began meanwhile.");

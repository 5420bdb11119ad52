using Jobtree.Actors.Ports;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Reads snapshots, whole or in chunks.</summary>
internal sealed class SnapshotReader(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, TimeProvider time)
{
    /// <summary>How often a reading begins anew because a newer snapshot has replaced the one that was read.</summary>
    private const int TriesMax = 10;

    private static readonly RedisValue[] Fields = [JournalField.Sequence, JournalField.State,
        JournalField.DeliveredUpTo, JournalField.Generation, JournalField.Chunks, JournalField.StoredBytes,
        JournalField.Checksum];

    /// <summary>Reads the snapshot of an actor; null: it has none.</summary>
    /// <exception cref="InvalidDataException">The snapshot is damaged.</exception>
    public async Task<StoredSnapshot?> Read(ActorKey actor, CancellationToken cancellation)
    {
        var fields = await Header(actor, cancellation);
        for (var tries = 1; !fields[0].IsNull; tries++)
        {
            if (!fields[0].TryParse(out long sequence) || sequence < 1)
                throw new InvalidDataException($"its snapshot has the number '{fields[0]}'");
            _ = fields[2].TryParse(out long told);
            try
            {
                // A version that knew no chunks may have saved this state after the chunks.
                var state = !fields[1].IsNull
                    ? SnapshotFormat.Read((ReadOnlyMemory<byte>)fields[1], options.SnapshotBytesMax)
                    : await ReadChunks(actor, fields, cancellation);
                return new StoredSnapshot(sequence, state, told);
            }
            catch (InvalidDataException) when (tries < TriesMax)
            {
                var now = await Header(actor, cancellation);
                if (now[3] == fields[3])
                    throw;
                fields = now;
            }
        }
        return null;
    }

    private Task<RedisValue[]> Header(ActorKey actor, CancellationToken cancellation) =>
        database.HashGetAsync(keys.Snapshot(actor), Fields, CommandFlags.DemandMaster).WaitAsync(
            options.BulkTimeout, time, cancellation);

    private async Task<ReadOnlyMemory<byte>> ReadChunks(
        ActorKey actor, RedisValue[] fields, CancellationToken cancellation)
    {
        if (fields[3].ToString() is not [('0' or '1') and var half, .. var nonce]
            || !fields[4].TryParse(out int count) || count < 1 || !fields[5].TryParse(out long bytes)
            || !fields[6].TryParse(out long checksum))
            throw new InvalidDataException("its snapshot has no state");
        var chunks = keys.Chunks(actor, half - '0');
        await using var stored = new ChunkSource(count, index =>
            database.HashGetLeaseAsync(chunks, SnapshotChunks.Field(nonce, index), CommandFlags.DemandMaster).WaitAsync(
                options.BulkTimeout, time, cancellation));
        var state = await SnapshotFormat.Read(stored, options.SnapshotBytesMax, cancellation);
        if (stored.Bytes != bytes)
            throw new InvalidDataException($"its snapshot has {stored.Bytes} bytes, and should have {bytes}");
        if (SnapshotFormat.ChecksumOf(state) != checksum)
            throw new InvalidDataException("its snapshot has another checksum than its bytes");
        return state;
    }
}

/// <summary>A snapshot.</summary>
/// <param name="Sequence">The number of the last record it covers.</param>
/// <param name="State">The state.</param>
/// <param name="DeliveredUpTo">The delivery mark.</param>
internal sealed record StoredSnapshot(long Sequence, ReadOnlyMemory<byte> State, long DeliveredUpTo);

using Jobtree.Actors.Ports;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Saves snapshots, on a separate connection: a large state would delay the records behind it. A small state is saved
/// by one script. A large one is sent in chunks first, and the same script then makes them the snapshot.
/// </summary>
internal sealed class SnapshotStore(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, JournalCounters counters, TimeProvider time)
{
    private const int NewerIsThere = 1;
    private const int RecordIsMissing = 2;
    private const int RecordIsForeign = 3;
    private const int AnotherHasBegun = 4;

    private readonly LoadedScript script = new(SnapshotScripts.Save);

    /// <summary>Saves a snapshot and trims the stream, in one step.</summary>
    /// <param name="journal">The open journal; marked as broken if the store shows that another activation has taken
    /// over.</param>
    /// <param name="sequence">The last record that the snapshot covers; it was acknowledged by Redis or
    /// recovered.</param>
    /// <param name="isOwn">Whether this activation wrote that record.</param>
    /// <param name="told">The delivery mark.</param>
    /// <param name="state">The state.</param>
    /// <param name="cancellation">Cancels the save.</param>
    /// <exception cref="IOException">The snapshot was not saved.</exception>
    public async Task Save(RedisActorJournal journal, long sequence, bool isOwn, long told, ReadOnlyMemory<byte> state,
        CancellationToken cancellation)
    {
        var actor = journal.Actor;
        if (state.Length > options.SnapshotBytesMax)
            throw new IOException(
                $"The snapshot of {actor} has {state.Length} bytes; at most {options.SnapshotBytesMax} are allowed.");
        var before = actor.Kind == ActorKind.Flavor ? options.FlavorRecordsKept : options.OtherRecordsKept;
        // The snapshot's last record is never trimmed: it shows the journal's position and its writer.
        RedisValue[] position = [sequence, journal.Writer, isOwn ? 1 : 0, told, Math.Max(1, sequence - before)];
        var began = time.GetTimestamp();
        try
        {
            var bytes = state.Length <= options.SnapshotChunkBytes
                ? await SaveWhole(journal, sequence, position, state, cancellation)
                : await Task.Run(() => SaveLarge(journal, sequence, position, state, cancellation), cancellation);
            counters.Saved(bytes, time.GetElapsedTime(began));
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            counters.SaveFailed();
            throw new IOException($"The snapshot of {actor} is not kept: {Outage.Of(failure).Reason}");
        }
        catch (SnapshotSupersededException superseded)
        {
            counters.SaveFailed();
            throw new IOException($"The snapshot of {actor} is not kept: {superseded.Message}");
        }
    }

    private async Task<long> SaveWhole(RedisActorJournal journal, long sequence, RedisValue[] position,
        ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        var kept = SnapshotFormat.Write(state);
        await Commit(
            journal, sequence, [.. position, RedisValue.EmptyString, JournalField.State, kept], cancellation);
        return kept.Length;
    }

    private async Task<long> SaveLarge(RedisActorJournal journal, long sequence, RedisValue[] position,
        ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        // Only the checks: a save that will be refused must neither send all chunks nor end another save.
        await Commit(journal, sequence, position, cancellation);
        var chunks = new SnapshotChunks(database, options, keys, journal.Actor, time);
        try
        {
            var form = await chunks.Send(state, cancellation);
            await Commit(journal, sequence, [.. position, .. form], cancellation);
            return chunks.Bytes;
        }
        catch
        {
            chunks.Drop();
            throw;
        }
    }

    private async Task Commit(
        RedisActorJournal journal, long sequence, RedisValue[] values, CancellationToken cancellation)
    {
        var actor = journal.Actor;
        if (await script.Call(database, keys.All(actor), values, options, time, cancellation)
            is not [var code, var found])
            throw new IOException($"Redis answered to the snapshot of {actor} with what it should not.");
        switch (code)
        {
            case NewerIsThere:
                throw journal.Break(
                    $"The snapshot of {actor} at record {sequence} was refused: one at {found} is kept.");
            case RecordIsMissing:
                throw journal.Break(
                    $"The snapshot of {actor} at record {sequence} was refused: its journal in Redis ends with " +
                    $"{found}.");
            case RecordIsForeign:
                throw journal.Break(
                    $"The snapshot of {actor} at record {sequence} was refused: another activation wrote that record.");
            case AnotherHasBegun:
                throw new SnapshotSupersededException();
        }
    }
}

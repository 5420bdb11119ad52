using Jobtree.Actors.Ports;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Saves snapshots, on a separate connection: a large state would delay the records behind it.</summary>
internal sealed class SnapshotStore(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, JournalCounters counters, TimeProvider time)
{
    private const int NewerIsThere = 1;
    private const int RecordIsMissing = 2;
    private const int RecordIsForeign = 3;

    private readonly LoadedScript script = new(JournalScripts.Save);

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
        var kept = SnapshotFormat.Write(state);
        var before = actor.Kind == ActorKind.Flavor ? options.FlavorRecordsKept : options.OtherRecordsKept;
        // The snapshot's last record is never trimmed: it shows the journal's position and its writer.
        var began = time.GetTimestamp();
        RedisValue[] values = [sequence, journal.Writer, isOwn ? 1 : 0, told, Math.Max(1, sequence - before), kept];
        var answer = await Call([journal.Stream, keys.Snapshot(actor)], values, actor, cancellation);
        if (answer is not [var code, var found])
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
            default:
                counters.Saved(kept.Length, time.GetElapsedTime(began));
                break;
        }
    }

    private async Task<long[]> Call(
        RedisKey[] streams, RedisValue[] values, ActorKey actor, CancellationToken cancellation)
    {
        try
        {
            return await script.Call(database, streams, values, options, time, cancellation);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            counters.SaveFailed();
            throw new IOException($"The snapshot of {actor} is not kept: {Outage.Of(failure).Reason}");
        }
    }
}

namespace Jobtree.Journal;

/// <summary>
/// Receives what a journal holds: first the states of the newest complete snapshot, then every record after it, in the
/// order in which they were appended. Spans are valid only during the call.
/// </summary>
public interface IJournalReader
{
    /// <summary>The state of an actor at a sequence number, as a snapshot holds it.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">The last of the actor's records that the state includes; 0 for none.</param>
    /// <param name="state">The state.</param>
    void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state);

    /// <summary>A record that no earlier call has covered.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">Its place in the actor's own journal: 1 for the first, and no gaps.</param>
    /// <param name="payload">What was appended.</param>
    /// <param name="at">Where it stands in the log.</param>
    void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at);
}

/// <summary>An actor whose records stand in a journal.</summary>
/// <param name="Number">Its place among the actors as this reading met them, from 0: what is known of it can be kept
/// under that rather than looked up by its key.</param>
/// <param name="Key">Its key; the same instance each time.</param>
public readonly record struct JournalActor(int Number, string Key);

/// <summary>Where a record stands.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The first byte of the record's frame in that file.</param>
/// <param name="Lsn">Its number in the whole log, from 1.</param>
public readonly record struct JournalPosition(string File, long Offset, long Lsn);

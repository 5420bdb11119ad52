namespace Jobtree.Journal;

/// <summary>
/// Receives the contents of a journal: first the states of the newest complete snapshot, then every later record in
/// append order, and between them which actors were forgotten and restored. Spans are valid only during the call.
/// </summary>
public interface IJournalReader
{
    /// <summary>Receives the state of an actor from the snapshot.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">The sequence number of the actor's last record that the state includes; 0 for
    /// none.</param>
    /// <param name="state">The state.</param>
    void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state);

    /// <summary>
    /// Receives that an actor's state is kept elsewhere; the reader drops the actor. <see cref="JournalActor.Number"/>
    /// may then be that of another actor.
    /// </summary>
    /// <param name="actor">The actor, of which the reader has received a state or a record.</param>
    /// <param name="sequence">The sequence number of the actor's last record.</param>
    void Forget(JournalActor actor, long sequence);

    /// <summary>
    /// Receives the state of a forgotten actor that was restored. By default it is received like one of the snapshot.
    /// </summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">The sequence number of the actor's last record, which the state includes.</param>
    /// <param name="state">The state.</param>
    /// <param name="at">Where the state stands in the log.</param>
    void Restore(JournalActor actor, long sequence, ReadOnlySpan<byte> state, JournalPosition at) =>
        Snapshot(actor, sequence, state);

    /// <summary>Receives a record that the snapshot does not cover.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">The record's number in the actor's own journal: starts at 1, without gaps.</param>
    /// <param name="payload">The record's bytes.</param>
    /// <param name="at">The record's position in the log.</param>
    void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at);
}

/// <summary>An actor that has records in a journal.</summary>
/// <param name="Number">The actor's index in this reading, from 0 in order of first appearance; that of a forgotten
/// actor is given to the next one. A reader can use it as an array index instead of looking up the key.</param>
/// <param name="Key">The actor's key; the same string instance each time.</param>
public readonly record struct JournalActor(int Number, string Key);

/// <summary>The position of a record.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The offset of the record's frame in that file.</param>
/// <param name="Lsn">The frame's log sequence number, from 1.</param>
public readonly record struct JournalPosition(string File, long Offset, long Lsn);

using Jobtree.Actors.Ports;
using Jobtree.Journal;
using Jobtree.Grains.Journals;


namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// One actor in memory: its last record number, which fences appends, and its state with the records after it. An open
/// actor that is large has only the number. Thread-safe.
/// </summary>
internal sealed class DiskActor(ActorKey key)
{
    private const int NameUsual = 256;

    private readonly Lock gate = new();

    /// <summary>The records after <see cref="state"/>; null: none.</summary>
    private List<ReadOnlyMemory<byte>>? records;
    private IRestingState state = StateBytes.None;
    private long snapshotSequence;
    private long last;
    private long delivered;
    /// <summary>
    /// The bytes in memory. Tracked from the last read on, which precedes each activation: only then may they be
    /// released.
    /// </summary>
    private long bytes;
    private bool isAtHand = true;
    private bool isForgotten;
    private DiskActorJournal? open;

    /// <summary>The number of the last record; 0: none.</summary>
    public long Last => Volatile.Read(ref last);

    /// <summary>
    /// Whether the actor is forgotten. It is in the table a moment longer, and belongs in no snapshot.
    /// </summary>
    public bool IsForgotten
    {
        get
        {
            lock (gate)
                return isForgotten;
        }
    }

    /// <summary>The number of records after the state in memory; 0 if it is not in memory.</summary>
    public long SinceSnapshot
    {
        get
        {
            lock (gate)
                return Count;
        }
    }

    private int Count => records?.Count ?? 0;

    private long RecordsBytes => records?.Sum(static record => (long)record.Length) ?? 0;

    /// <summary>Restores a state from the log's snapshot, at start.</summary>
    public void Restore(long sequence, ReadOnlySpan<byte> snapshot)
    {
        (state, snapshotSequence, last) = (new StateBytes(snapshot.ToArray()), sequence, sequence);
        bytes = snapshot.Length;
    }

    /// <summary>Replays a record of the log, at start.</summary>
    public void Replay(long sequence, ReadOnlySpan<byte> record)
    {
        (records ??= []).Add(record.ToArray());
        (last, bytes) = (sequence, bytes + record.Length);
    }

    /// <summary>The recovered state; null: not in memory.</summary>
    public RecoveredState? Recovered()
    {
        lock (gate)
        {
            if (!isAtHand)
                return null;
            var snapshot = state.ToSnapshot();
            bytes = snapshot.Length + RecordsBytes;
            return new RecoveredState(snapshotSequence, snapshot, [.. records ?? []], delivered);
        }
    }

    /// <summary>The state, if it is in memory and covers all records; else null.</summary>
    public IRestingState? AtRest(out long sequence)
    {
        lock (gate)
        {
            sequence = snapshotSequence;
            return open is null && isAtHand && Count == 0 ? state : null;
        }
    }

    /// <summary>Attaches an activation.</summary>
    /// <returns>Whether it was attached; false: the actor is being forgotten, and another takes its place.</returns>
    public bool Open(DiskActorJournal journal)
    {
        lock (gate)
        {
            if (!isForgotten)
                open = journal;
            return !isForgotten;
        }
    }

    /// <summary>Forgets the actor, unless it is active or has another last record.</summary>
    /// <returns>Whether it is forgotten: the caller takes it out of the table.</returns>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    public bool Forget(JournalLog log, long sequence)
    {
        lock (gate)
        {
            if (open is not null || isForgotten || sequence != last)
                return false;
            log.Forget(key.ToString(), sequence);
            return isForgotten = true;
        }
    }

    /// <summary>Puts back the state of an actor that was forgotten.</summary>
    /// <returns>Null: put back; else the number of the last record, -1 if the actor is being forgotten.</returns>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    public long? Restore(JournalLog log, long sequence, ReadOnlySpan<byte> kept)
    {
        lock (gate)
        {
            if (isForgotten || last != 0)
                return isForgotten ? -1 : last;
            log.Restore(key.ToString(), sequence, kept);
            Restore(sequence, kept);
            return null;
        }
    }

    /// <summary>Updates the delivery mark; it is lost when the host stops.</summary>
    public void MarkDelivered(long sequence)
    {
        lock (gate)
            delivered = Math.Max(delivered, sequence);
    }

    /// <summary>Appends a record to the log, if its number is the next one.</summary>
    /// <returns>Null: appended; else the number of the last record.</returns>
    /// <exception cref="JournalFailedException">The log failed, and does not contain the record.</exception>
    public long? Append(JournalLog log, long sequence, ReadOnlySpan<byte> record, int heldBytesMax)
    {
        lock (gate)
        {
            if (sequence != last + 1)
                return last;
            // Formatted for each record: most actors are ended runs, and a cached name would be a second copy held for
            // ever.
            Span<char> name = stackalloc char[NameUsual];
            log.Append(
                key.TryFormat(name, out var length, default, null) ? name[..length] : key.ToString(), sequence, record);
            Volatile.Write(ref last, sequence);
            if (!isAtHand)
                return null;
            if (open is null || bytes + record.Length <= heldBytesMax)
                Replay(sequence, record);
            else
                LetGo();
            return null;
        }
    }

    /// <summary>Keeps a state in memory for the next activation, beside an open actor only if it is small.</summary>
    /// <param name="sequence">The last record that the state covers.</param>
    /// <param name="snapshot">The state.</param>
    /// <param name="heldBytesMax">The most bytes held beside an open actor.</param>
    public void Keep(long sequence, ReadOnlyMemory<byte> snapshot, int heldBytesMax)
    {
        lock (gate)
        {
            if (KeepState(sequence, new StateBytes(snapshot), snapshot.Length) && open is not null
                && bytes > heldBytesMax)
                LetGo();
        }
    }

    /// <summary>Takes over the state of an activation that has ended, unless another has begun.</summary>
    public void Release(DiskActorJournal journal, long sequence, IRestingState resting)
    {
        lock (gate)
        {
            if (!ReferenceEquals(open, journal))
                return;
            open = null;
            // The state of a broken activation may contain refused records.
            if (!journal.IsBroken)
                _ = KeepState(sequence, resting, 0);
        }
    }

    private bool KeepState(long sequence, IRestingState resting, int length)
    {
        if (sequence > last || sequence < snapshotSequence || (!isAtHand && (open is not null || sequence != last)))
            return false;
        if (isAtHand && sequence - snapshotSequence == Count)
            records = null;
        else if (isAtHand)
            records!.RemoveRange(0, (int)(sequence - snapshotSequence));
        isAtHand = true;
        state = resting;
        snapshotSequence = sequence;
        bytes = length + RecordsBytes;
        return true;
    }

    private void LetGo()
    {
        isAtHand = false;
        (state, bytes, records) = (StateBytes.None, 0, null);
    }
}

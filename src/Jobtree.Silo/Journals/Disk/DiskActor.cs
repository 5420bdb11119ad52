using Jobtree.Actors.Ports;
using Jobtree.Journal;
using Jobtree.Grains.Journals;


namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// What is at hand of one actor: its last number, which is the fence, and unless it is open and large a state with the
/// records after it. Any thread may use it.
/// </summary>
internal sealed class DiskActor(ActorKey key)
{
    private readonly Lock gate = new();
    /// <summary>
    /// The records after <see cref="state"/>; null: none. Most actors are runs that have ended, and those need no list.
    /// </summary>
    private List<ReadOnlyMemory<byte>>? records;
    private IRestingState state = StateBytes.None;
    private long snapshotSequence;
    private long last;
    private long delivered;
    /// <summary>
    /// The bytes at hand, counted while they may have to be let go: from the last reading on, which comes before each
    /// activation.
    /// </summary>
    private long bytes;
    private bool isAtHand = true;
    private DiskActorJournal? open;

    /// <summary>The number of its last record; 0: it never wrote.</summary>
    public long Last => Volatile.Read(ref last);

    /// <summary>How many records follow the state that is at hand; 0 when nothing is.</summary>
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

    /// <summary>Takes in a state of the log's snapshot, at the start.</summary>
    public void Restore(long sequence, ReadOnlySpan<byte> snapshot)
    {
        (state, snapshotSequence, last) = (new StateBytes(snapshot.ToArray()), sequence, sequence);
        bytes = snapshot.Length;
    }

    /// <summary>Takes in a record of the log, at the start.</summary>
    public void Replay(long sequence, ReadOnlySpan<byte> record)
    {
        (records ??= []).Add(record.ToArray());
        (last, bytes) = (sequence, bytes + record.Length);
    }

    /// <summary>What is kept, when it is at hand.</summary>
    public RecoveredState? Kept()
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

    /// <summary>The state, when it is at hand and stands for all that was written; else null.</summary>
    public IRestingState? AtRest(out long sequence)
    {
        lock (gate)
        {
            sequence = snapshotSequence;
            return open is null && isAtHand && Count == 0 ? state : null;
        }
    }

    /// <summary>An activation uses it from now on.</summary>
    public void Open(DiskActorJournal journal)
    {
        lock (gate)
            open = journal;
    }

    /// <summary>Notes what has been delivered; lost when the host ends.</summary>
    public void MarkDelivered(long sequence)
    {
        lock (gate)
            delivered = Math.Max(delivered, sequence);
    }

    /// <summary>Puts a record into the log, if its number is the next one.</summary>
    /// <returns>Null: it is in the log; else the number of the last record.</returns>
    /// <exception cref="JournalFailedException">The log failed, and the record is not in it.</exception>
    public long? Append(JournalLog log, long sequence, ReadOnlySpan<byte> record, int heldBytesMax)
    {
        lock (gate)
        {
            if (sequence != last + 1)
                return last;
            // Made for each record: most actors are runs that have ended, and their names would be kept twice for ever.
            log.Append(key.ToString(), sequence, record);
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

    /// <summary>Keeps a state at hand for the next activation, or beside this one if it is small.</summary>
    /// <param name="sequence">The last record in it.</param>
    /// <param name="snapshot">The state.</param>
    /// <param name="heldBytesMax">What may stay beside an open actor.</param>
    public void Keep(long sequence, ReadOnlyMemory<byte> snapshot, int heldBytesMax)
    {
        lock (gate)
        {
            if (KeepState(sequence, new StateBytes(snapshot), snapshot.Length) && open is not null
                && bytes > heldBytesMax)
                LetGo();
        }
    }

    /// <summary>An activation has ended with a state, unless another has begun meanwhile.</summary>
    public void Release(DiskActorJournal journal, long sequence, IRestingState resting)
    {
        lock (gate)
        {
            if (!ReferenceEquals(open, journal))
                return;
            open = null;
            // A state of a broken activation may hold what was refused.
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

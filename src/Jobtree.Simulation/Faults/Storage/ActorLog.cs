using Jobtree.Actors.Ports;

namespace Jobtree.Simulation.Faults.Storage;

/// <summary>The durable records of one actor. None is ever dropped, so that the whole can be audited.</summary>
/// <param name="actor">The actor.</param>
internal sealed class ActorLog(ActorKey actor)
{
    private readonly List<byte[]> records = [];

    /// <summary>The actor.</summary>
    public ActorKey Actor { get; } = actor;

    /// <summary>The records, the first of them number 1.</summary>
    public IReadOnlyList<byte[]> Records => records;

    /// <summary>The number of the last record that the snapshot covers; 0: there is none.</summary>
    public long SnapshotSequence { get; private set; }

    /// <summary>The snapshot.</summary>
    public byte[] Snapshot { get; private set; } = [];

    /// <summary>The last mark of what was delivered.</summary>
    public long DeliveredUpTo { get; set; }

    /// <summary>Adds a record.</summary>
    public void Add(byte[] record) => records.Add(record);

    /// <summary>Drops the records after a number, which were never durable, and a snapshot that has them.</summary>
    /// <param name="last">The last that stays.</param>
    public void Truncate(int last)
    {
        records.RemoveRange(last, records.Count - last);
        if (SnapshotSequence > last)
            (SnapshotSequence, Snapshot) = (0, []);
        DeliveredUpTo = Math.Min(DeliveredUpTo, last);
    }

    /// <summary>Keeps a snapshot, unless a newer one is there.</summary>
    public void Save(long sequence, byte[] state)
    {
        if (sequence > SnapshotSequence)
            (SnapshotSequence, Snapshot) = (sequence, state);
    }

    /// <summary>What an activation recovers from.</summary>
    public RecoveredState Recover() => new(SnapshotSequence, Snapshot,
        [.. records.Skip((int)SnapshotSequence).Select(record => (ReadOnlyMemory<byte>)record)], DeliveredUpTo);
}

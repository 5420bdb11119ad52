namespace Jobtree.Actors.Ports;

/// <summary>The durable state of an actor.</summary>
/// <param name="SnapshotSequence">The number of the last record that <paramref name="Snapshot"/> covers; 0 if there is
/// no snapshot.</param>
/// <param name="Snapshot">The last snapshot; empty if there is none.</param>
/// <param name="Records">The records after the snapshot, in order, without a gap.</param>
/// <param name="DeliveredUpTo">The last number recorded by <see cref="IJournal.MarkDelivered"/>; 0 if none.</param>
public sealed record RecoveredState(
    long SnapshotSequence, ReadOnlyMemory<byte> Snapshot, IReadOnlyList<ReadOnlyMemory<byte>> Records,
        long DeliveredUpTo = 0)
{
    /// <summary>The state of an actor that never wrote.</summary>
    public static RecoveredState Nothing { get; } = new(0, ReadOnlyMemory<byte>.Empty, []);

    /// <summary>The number of the last record; 0 if the actor never wrote.</summary>
    public long Last => SnapshotSequence + Records.Count;

    /// <summary>Rebuilds an actor's state.</summary>
    /// <param name="restore">Restores the snapshot, if there is one.</param>
    /// <param name="replay">Replays each record after it.</param>
    public void Into(Action<ReadOnlySpan<byte>> restore, Action<ReadOnlySpan<byte>> replay)
    {
        if (SnapshotSequence > 0)
            restore(Snapshot.Span);
        foreach (var record in Records)
            replay(record.Span);
    }
}

/// <summary>
/// The state of an actor at rest. It no longer changes, so its bytes are made only on demand; most are never needed.
/// </summary>
public interface IRestingState
{
    /// <summary>The state as a snapshot.</summary>
    ReadOnlyMemory<byte> ToSnapshot();
}

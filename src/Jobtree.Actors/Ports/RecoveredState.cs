namespace Jobtree.Actors.Ports;

/// <summary>What is kept of an actor.</summary>
/// <param name="SnapshotSequence">The number of the last record that <paramref name="Snapshot"/> covers; 0: there is no
/// snapshot.</param>
/// <param name="Snapshot">The last snapshot; empty: there is none.</param>
/// <param name="Records">The records after it, in order, without a gap.</param>
/// <param name="DeliveredUpTo">The last number noted by <see cref="IJournal.MarkDelivered"/>; 0: none.</param>
public sealed record RecoveredState(
    long SnapshotSequence, ReadOnlyMemory<byte> Snapshot, IReadOnlyList<ReadOnlyMemory<byte>> Records,
        long DeliveredUpTo = 0)
{
    /// <summary>Of an actor that never wrote.</summary>
    public static RecoveredState Nothing { get; } = new(0, ReadOnlyMemory<byte>.Empty, []);

    /// <summary>The number of the last record; 0: the actor never wrote.</summary>
    public long Last => SnapshotSequence + Records.Count;

    /// <summary>Brings an actor to where it was.</summary>
    /// <param name="restore">Takes over the snapshot, if there is one.</param>
    /// <param name="replay">Takes in each record after it.</param>
    public void Into(Action<ReadOnlySpan<byte>> restore, Action<ReadOnlySpan<byte>> replay)
    {
        if (SnapshotSequence > 0)
            restore(Snapshot.Span);
        foreach (var record in Records)
            replay(record.Span);
    }
}

/// <summary>
/// The state of an actor that is at rest. It does not change any more, so its bytes can be made when somebody wants
/// them: of most actors nobody ever does.
/// </summary>
public interface IRestingState
{
    /// <summary>The state as a snapshot.</summary>
    ReadOnlyMemory<byte> ToSnapshot();
}

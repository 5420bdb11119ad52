using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Journals;

/// <summary>The open journal of one actor.</summary>
public interface IActorJournal : IJournal
{
    /// <summary>
    /// Whether a record was refused or its outcome is unknown: another activation writes, or the store lost records.
    /// The actor's state in memory is then invalid, every further append fails, and the activation must end.
    /// </summary>
    bool IsBroken { get; }

    /// <summary>The number of records since the last snapshot, including those recovered at activation.</summary>
    long SinceSnapshot { get; }

    /// <summary>
    /// Saves a snapshot. The store may trim the records that it covers, unless it retains them for audits.
    /// </summary>
    /// <param name="sequence">The number of the last record in the snapshot.</param>
    /// <param name="state">The snapshot's bytes; the caller no longer changes them.</param>
    /// <param name="cancellation">Cancels the save.</param>
    /// <exception cref="IOException">The snapshot could not be saved; the records alone are sufficient.</exception>
    Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation);

    /// <summary>
    /// Whether the store uses the state passed to <see cref="Release"/>. A store that has everything elsewhere needs no
    /// state, and a state costs time to make.
    /// </summary>
    bool WantsState { get; }

    /// <summary>Ends this activation's use of the journal.</summary>
    /// <param name="sequence">The number of the actor's last record.</param>
    /// <param name="state">The actor's state, for stores that cache it for the next activation.</param>
    void Release(long sequence, IRestingState state);
}

/// <summary>A state that is available only as bytes.</summary>
/// <param name="bytes">The bytes; the caller no longer changes them.</param>
public sealed class StateBytes(ReadOnlyMemory<byte> bytes) : IRestingState
{
    /// <summary>The state of an actor that never wrote.</summary>
    public static StateBytes None { get; } = new(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ToSnapshot() => bytes;
}

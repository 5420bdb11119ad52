using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Journals;

/// <summary>The open journal of one actor.</summary>
public interface IActorJournal : IJournal
{
    /// <summary>
    /// Whether a record was refused, or its fate is unknown: another activation writes, or the store lost something.
    /// Then the actor's state in memory is worth nothing, every further append fails, and the activation must end.
    /// </summary>
    bool IsBroken { get; }

    /// <summary>How many records were appended since the last snapshot, those read at the start included.</summary>
    long SinceSnapshot { get; }

    /// <summary>
    /// Keeps a snapshot; the records that it covers may be trimmed, as far as the store does not keep them for audits.
    /// </summary>
    /// <param name="sequence">The number of the last record in it.</param>
    /// <param name="state">Its bytes; the caller does not change them any more.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It could not be kept; the records alone are enough.</exception>
    Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation);

    /// <summary>
    /// Whether <see cref="Release"/> is of use: a store that has everything elsewhere needs no state, and making one
    /// costs.
    /// </summary>
    bool WantsState { get; }

    /// <summary>Ends this activation's use of the journal.</summary>
    /// <param name="sequence">The number of the last record of the actor.</param>
    /// <param name="state">The actor's state, for stores that keep it at hand for the next activation.</param>
    void Release(long sequence, IRestingState state);
}

/// <summary>A state of which there are only the bytes.</summary>
/// <param name="bytes">They; whoever gives them does not change them any more.</param>
public sealed class StateBytes(ReadOnlyMemory<byte> bytes) : IRestingState
{
    /// <summary>Of an actor that never wrote.</summary>
    public static StateBytes None { get; } = new(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ToSnapshot() => bytes;
}

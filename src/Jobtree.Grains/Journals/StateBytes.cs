using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Journals;

/// <summary>A state of which there are only the bytes.</summary>
/// <param name="bytes">They; whoever gives them does not change them any more.</param>
public sealed class StateBytes(ReadOnlyMemory<byte> bytes) : IRestingState
{
    /// <summary>Of an actor that never wrote.</summary>
    public static StateBytes None { get; } = new(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ToSnapshot() => bytes;
}

namespace Jobtree.Actors.Ports;

/// <summary>
/// The state of an actor that is at rest. It does not change any more, so its bytes can be made when somebody wants
/// them: of most actors nobody ever does.
/// </summary>
public interface IRestingState
{
    /// <summary>The state as a snapshot.</summary>
    ReadOnlyMemory<byte> ToSnapshot();
}

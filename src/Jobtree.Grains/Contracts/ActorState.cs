namespace Jobtree.Grains.Contracts;

/// <summary>The state of an actor at one of its records.</summary>
/// <param name="Sequence">The number of the last record in it; 0: the actor never wrote.</param>
/// <param name="Bytes">The state as a snapshot.</param>
public sealed record ActorState(long Sequence, byte[] Bytes);

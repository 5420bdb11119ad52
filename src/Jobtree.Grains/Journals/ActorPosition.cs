using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Journals;

/// <summary>An actor, and the last record of its journal.</summary>
/// <param name="Actor">The actor.</param>
/// <param name="Sequence">The number of its last record.</param>
public readonly record struct ActorPosition(ActorKey Actor, long Sequence);

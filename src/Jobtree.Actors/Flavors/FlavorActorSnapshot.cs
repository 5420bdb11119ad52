using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>A flavor's state, and what it has still to tell.</summary>
/// <param name="State">The state.</param>
/// <param name="Undelivered">What is still to be told, in order.</param>
public sealed record FlavorActorSnapshot(FlavorSnapshot State, IReadOnlyList<OutboxItem> Undelivered);

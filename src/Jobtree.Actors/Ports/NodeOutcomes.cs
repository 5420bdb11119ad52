namespace Jobtree.Actors.Ports;

/// <summary>What became of nodes.</summary>
/// <param name="AreNew">For each node in order whether it was not known before.</param>
public sealed record NodeOutcomes(IReadOnlyList<bool> AreNew);

using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>How many runs of a flavor are in a phase.</summary>
/// <param name="Flavor">The flavor.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Runs">How many.</param>
public sealed record PhaseCount(string Flavor, RunPhase Phase, int Runs);

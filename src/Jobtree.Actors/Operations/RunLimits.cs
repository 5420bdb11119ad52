namespace Jobtree.Actors.Operations;

/// <summary>
/// How many runs a fleet takes before it refuses more, so that neither memory nor the next start grows without bound.
/// </summary>
/// <param name="OpenMax">The most runs that have not ended.</param>
/// <param name="KnownMax">The most runs that are kept, ended ones included.</param>
public sealed record RunLimits(int OpenMax = 3_000_000, int KnownMax = 30_000_000);

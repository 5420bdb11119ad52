namespace Jobtree.Actors.Operations;

/// <summary>
/// How many runs a fleet accepts before it refuses more, which bounds memory and the time of the next start.
/// </summary>
/// <param name="OpenMax">The maximum number of runs that have not ended.</param>
public sealed record RunLimits(int OpenMax = 3_000_000);

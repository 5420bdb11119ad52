namespace Jobtree.Execution;

/// <summary>A simulated start that has not ended.</summary>
/// <param name="Attempt">Which start of the run.</param>
/// <param name="StartedAt">When its leases began.</param>
internal sealed record SimulatedRun(int Attempt, DateTimeOffset StartedAt);

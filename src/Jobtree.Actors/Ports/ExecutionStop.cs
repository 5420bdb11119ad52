using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>A workload to end.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of the run.</param>
/// <param name="Reason">Why its leases ended.</param>
public sealed record ExecutionStop(RunKey Run, int Attempt, LeaseEndReason Reason);

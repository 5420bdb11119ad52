using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>A workload to start.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of the run this is, from 1.</param>
/// <param name="Spec">What it asks for.</param>
/// <param name="Leases">What it holds.</param>
/// <param name="StartedAt">When its leases began.</param>
/// <param name="TraceParent">The W3C trace context of the submission, if it had one.</param>
public sealed record Launch(RunKey Run, int Attempt, RunSpec Spec, IReadOnlyList<Lease> Leases,
    DateTimeOffset StartedAt, string? TraceParent = null);

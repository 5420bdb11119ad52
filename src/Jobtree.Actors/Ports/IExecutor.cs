using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// Carries out what was decided. Both calls come at least once, after the decision is durable, and are safe to repeat:
/// an executor knows a start by its run and attempt.
/// </summary>
public interface IExecutor
{
    /// <summary>Starts a run's workload on its slots.</summary>
    /// <param name="launch">What to start where.</param>
    ValueTask Start(Launch launch);

    /// <summary>Ends a run's workload, if it still goes on: its leases have ended.</summary>
    /// <param name="stop">What to end and why.</param>
    ValueTask Stop(ExecutionStop stop);
}

/// <summary>A workload to start.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of the run this is, from 1.</param>
/// <param name="Spec">What it asks for.</param>
/// <param name="Leases">What it holds.</param>
/// <param name="StartedAt">When its leases began.</param>
/// <param name="TraceParent">The W3C trace context of the submission, if it had one.</param>
public sealed record Launch(RunKey Run, int Attempt, RunSpec Spec, IReadOnlyList<Lease> Leases,
    DateTimeOffset StartedAt, string? TraceParent = null);

/// <summary>A workload to end.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of the run.</param>
/// <param name="Reason">Why its leases ended.</param>
public sealed record ExecutionStop(RunKey Run, int Attempt, LeaseEndReason Reason);

/// <summary>Starts and stops nothing: others do, and report through the API.</summary>
public sealed class NoExecutor : IExecutor
{
    /// <inheritdoc/>
    public ValueTask Start(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop) => ValueTask.CompletedTask;
}

/// <summary>Where an executor reports the ends of workloads.</summary>
public interface IExecutionReports
{
    /// <summary>A workload ended by itself. Safe to repeat; a report for an attempt that is over is ignored.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">Which start of the run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What to show for it.</param>
    ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message);
}

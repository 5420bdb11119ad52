using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// Carries out decisions. All calls arrive at least once, after the decision is durable, and are safe to repeat: an
/// executor identifies a start by its run and attempt.
/// </summary>
public interface IExecutor
{
    /// <summary>Starts a run's workload on its slots.</summary>
    /// <param name="launch">What to start, and where.</param>
    ValueTask Start(Launch launch);

    /// <summary>
    /// The leases of a running attempt have changed: it grew, shrank, or has other GPUs in place of failed ones.
    /// </summary>
    /// <param name="launch">The same attempt with its present leases.</param>
    ValueTask Resize(Launch launch);

    /// <summary>Stops a run's workload if it is still running, because its leases have ended.</summary>
    /// <param name="stop">What to stop, and why.</param>
    ValueTask Stop(ExecutionStop stop);
}

/// <summary>A workload to start.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">The attempt, counted from 1.</param>
/// <param name="Spec">The run's spec.</param>
/// <param name="Leases">The run's leases.</param>
/// <param name="StartedAt">When its leases began.</param>
/// <param name="TraceParent">The W3C trace context of the submission, if it had one.</param>
public sealed record Launch(RunKey Run, int Attempt, RunSpec Spec, IReadOnlyList<Lease> Leases,
    DateTimeOffset StartedAt, string? TraceParent = null);

/// <summary>A workload to stop.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Reason">Why its leases ended.</param>
public sealed record ExecutionStop(RunKey Run, int Attempt, LeaseEndReason Reason);

/// <summary>Starts and stops nothing, for fleets where others run the workloads and report through the API.</summary>
public sealed class NoExecutor : IExecutor
{
    /// <inheritdoc/>
    public ValueTask Start(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Resize(Launch launch) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop) => ValueTask.CompletedTask;
}

/// <summary>Receives an executor's reports of ended workloads.</summary>
public interface IExecutionReports
{
    /// <summary>A workload exited by itself. Safe to repeat; reports for ended attempts are ignored.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="succeeded">Whether the workload succeeded.</param>
    /// <param name="message">The message to show.</param>
    ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message);

    /// <summary>A workload reported telemetry, or the executor measured it. A report that is lost is not repeated:
    /// the next one replaces it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="report">The values.</param>
    ValueTask Reported(RunKey run, WorkloadReport report) => ValueTask.CompletedTask;

    /// <summary>The executor measured the usage of a node.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="usage">The values.</param>
    ValueTask Reported(string node, NodeUsage usage) => ValueTask.CompletedTask;

    /// <summary>Telemetry lines of a workload were not taken.</summary>
    /// <param name="reason">Why, in one word of a bounded set.</param>
    /// <param name="lines">How many.</param>
    void Dropped(string reason, int lines)
    {
    }
}

using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// The outcome of a scheduler on a trace: the raw facts from which all figures of the report are computed.
/// </summary>
internal sealed record ReplayOutcome
{
    /// <summary>The name of the scheduler.</summary>
    public required string Scheduler { get; init; }

    /// <summary>One outcome per job, in trace order.</summary>
    public required ImmutableArray<JobOutcome> Jobs { get; init; }

    /// <summary>
    /// Observations of the fleet, in order of time, at an interval that the scheduler chooses; may be empty.
    /// </summary>
    public ImmutableArray<FleetObservation> Observations { get; init; } = [];

    /// <summary>GPU-hours by funding class, as metered; null if the scheduler has no funding classes.</summary>
    public ClassSplit? GpuHoursByClass { get; init; }

    /// <summary>The number of decisions: starts, and for Jobtree also reservations, activations and cuts.</summary>
    public long Decisions { get; init; }

    /// <summary>
    /// The head of the replay's ledger, in hexadecimal. Two replays with the same head made the same decisions. Null if
    /// there is no ledger.
    /// </summary>
    public string? LedgerHead { get; init; }

    /// <summary>The wall-clock time of the run.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>The state of a fleet at an instant, beyond what the starts and ends of jobs show.</summary>
/// <param name="At">The instant, from the trace's start.</param>
/// <param name="IdleGpus">Idle GPUs.</param>
/// <param name="StrandedGpus">Idle GPUs on partly used nodes: a gang that needs whole nodes cannot use them.</param>
/// <param name="GpusByClass">GPUs in use by funding class; null if the scheduler has no funding classes.</param>
internal readonly record struct FleetObservation(TimeSpan At, int IdleGpus, int StrandedGpus, ClassSplit? GpusByClass);

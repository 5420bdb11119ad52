using System.Collections.Immutable;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// What a scheduler made of a trace: raw facts, from which every figure of the report is computed in the same way.
/// </summary>
internal sealed record ReplayOutcome
{
    /// <summary>The scheduler.</summary>
    public required string Scheduler { get; init; }

    /// <summary>One outcome for each job of the trace, in its order.</summary>
    public required ImmutableArray<JobOutcome> Jobs { get; init; }

    /// <summary>Looks at the fleet, in order of time, at a step that the scheduler chooses; may be empty.</summary>
    public ImmutableArray<FleetObservation> Observations { get; init; } = [];

    /// <summary>GPU-hours by funding class, as metered; null where a scheduler knows no classes.</summary>
    public ClassSplit? GpuHoursByClass { get; init; }

    /// <summary>
    /// How many decisions were taken: starts, and for Jobtree also reservations, activations and cuts.
    /// </summary>
    public long Decisions { get; init; }

    /// <summary>
    /// The head of the ledger that the replay wrote, in hexadecimal: two replays with the same head took the same
    /// decisions. Null where there is no ledger.
    /// </summary>
    public string? LedgerHead { get; init; }

    /// <summary>The wall-clock time of the run.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>The state of a fleet at an instant, as far as the starts and ends of jobs do not tell it.</summary>
/// <param name="At">The instant, from the trace's start.</param>
/// <param name="IdleGpus">GPUs that nobody uses.</param>
/// <param name="StrandedGpus">Those of them on nodes that are partly in use: a gang that wants whole nodes cannot have
/// them.</param>
/// <param name="GpusByClass">GPUs in use by funding class; null where a scheduler knows no classes.</param>
internal readonly record struct FleetObservation(TimeSpan At, int IdleGpus, int StrandedGpus, ClassSplit? GpusByClass);

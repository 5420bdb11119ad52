using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// The fleet, the budgets and the rules of a replay. The default fleet of 144 nodes with 8 GPUs suits the Philly trace:
/// the mean load of 1,106 GPUs is 96 % of its 1,152, so jobs queue on busy days and every queue drains.
/// </summary>
internal sealed record ReplayOptions
{
    /// <summary>The number of nodes.</summary>
    public int Nodes { get; init; } = 144;

    /// <summary>The number of GPUs per node.</summary>
    public int GpusPerNode { get; init; } = 8;

    /// <summary>The number of nodes per fabric domain; the last domain may be smaller.</summary>
    public int NodesPerDomain { get; init; } = 24;

    /// <summary>The sum of all budgets as a multiple of the fleet.</summary>
    public double Overcommit { get; init; } = 1.25;

    /// <summary>The flavor of every GPU.</summary>
    public string Flavor { get; init; } = "P100";

    /// <summary>What schedulers know about durations.</summary>
    public DurationKnowledge Estimates { get; init; } = DurationKnowledge.History;

    /// <summary>Whom Jobtree serves first.</summary>
    public ServingOrder Serving { get; init; }

    /// <summary>The assumed duration if nothing is known.</summary>
    public TimeSpan DefaultDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The seed of all lotteries.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The instant at which the trace starts. It appears only in the ledger.</summary>
    public DateTimeOffset Epoch { get; init; } = new(2017, 10, 3, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The number of GPUs in the fleet.</summary>
    public int FleetGpus => Nodes * GpusPerNode;

    /// <summary>The duration that schedulers are told of a job when it arrives; null: none.</summary>
    /// <param name="job">The job.</param>
    public TimeSpan? StatedBy(TraceJob job) => Estimates switch
    {
        DurationKnowledge.Exact => job.Duration,
        DurationKnowledge.Stated => job.Stated,
        _ => null,
    };
}

/// <summary>What a scheduler knows about how long a job will run.</summary>
internal enum DurationKnowledge
{
    /// <summary>Runs declare no duration; the scheduler learns from completed runs.</summary>
    History,

    /// <summary>
    /// Runs declare the duration or the limit that the trace has for them, true or not; for the others the scheduler
    /// learns from completed runs.
    /// </summary>
    Stated,

    /// <summary>Runs declare their exact duration.</summary>
    Exact,

    /// <summary>Runs declare no duration and nothing is learned: every run has the default estimate.</summary>
    None,
}

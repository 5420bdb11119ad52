namespace Jobtree.Simulation.Replay;

/// <summary>
/// The fleet, the budgets and the rules of a replay. The default fleet of 144 nodes with 8 GPUs suits the Philly trace:
/// the mean load of 1,106 GPUs is 96 % of its 1,152, so jobs queue on busy days and every queue drains.
/// </summary>
internal sealed record ReplayOptions
{
    /// <summary>How many nodes the fleet has.</summary>
    public int Nodes { get; init; } = 144;

    /// <summary>How many GPUs a node has.</summary>
    public int GpusPerNode { get; init; } = 8;

    /// <summary>How many nodes share a fabric domain; the last domain may be smaller.</summary>
    public int NodesPerDomain { get; init; } = 24;

    /// <summary>The sum of all budgets as a multiple of the fleet.</summary>
    public double Overcommit { get; init; } = 1.25;

    /// <summary>The flavor of every GPU.</summary>
    public string Flavor { get; init; } = "P100";

    /// <summary>What schedulers are told of durations.</summary>
    public DurationKnowledge Estimates { get; init; } = DurationKnowledge.History;

    /// <summary>The duration that is assumed where nothing is known.</summary>
    public TimeSpan DefaultDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The seed of all lotteries.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The instant at which the trace starts. It shows in the ledger only.</summary>
    public DateTimeOffset Epoch { get; init; } = new(2017, 10, 3, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How many GPUs the fleet has.</summary>
    public int FleetGpus => Nodes * GpusPerNode;
}

/// <summary>What a scheduler is told of how long a job will run.</summary>
internal enum DurationKnowledge
{
    /// <summary>Runs state nothing; the scheduler learns from the runs that have ended.</summary>
    History,

    /// <summary>Runs state their exact duration.</summary>
    Exact,

    /// <summary>Runs state nothing and nothing is learnt: every run is expected to take the default.</summary>
    None,
}

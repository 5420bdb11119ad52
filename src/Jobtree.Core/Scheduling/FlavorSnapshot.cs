using System.Text.Json.Serialization;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// A flavor's state at an entry of its ledger, complete: what is restored from it decides as what it was taken from.
/// </summary>
public sealed record FlavorSnapshot
{
    /// <summary>The number of the last entry.</summary>
    public long Sequence { get; init; }

    /// <summary>The link that the next entry must carry.</summary>
    public string Head { get; init; } = "";

    /// <summary>The instant of the last entry.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The number of the next lease.</summary>
    public long NextLease { get; init; }

    /// <summary>The nodes in name order.</summary>
    public IReadOnlyList<Node> Nodes { get; init; } = [];

    /// <summary>The budgets in name order.</summary>
    public IReadOnlyList<Budget> Budgets { get; init; } = [];

    /// <summary>The runs with leases, in key order.</summary>
    public IReadOnlyList<RunningSnapshot> Running { get; init; } = [];

    /// <summary>The runs that wait, in key order.</summary>
    public IReadOnlyList<WaitingSnapshot> Waiting { get; init; } = [];

    /// <summary>Durations of past runs, by owner; the empty name stands for all.</summary>
    public IReadOnlyList<DurationsSnapshot> Durations { get; init; } = [];

    /// <summary>Ratios of real to forecast waits, oldest first.</summary>
    public IReadOnlyList<double> ForecastRatios { get; init; } = [];

    /// <summary>Runs that waited and started.</summary>
    public long ForecastsStarted { get; init; }

    /// <summary>Those whose 90 % bound held.</summary>
    public long ForecastsHeld { get; init; }

    /// <summary>The margin of the bound. Always written, since what is left out is 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double ForecastMargin { get; init; } = 1;

    /// <summary>How late runs that had waited started; absent in snapshots that are older than the count.</summary>
    public LatenessCounts? Lateness { get; init; }

    /// <summary>Decisions since the ledger began.</summary>
    public DecisionCounts Decisions { get; init; }
}

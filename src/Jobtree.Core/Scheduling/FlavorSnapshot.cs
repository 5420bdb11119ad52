using System.Text.Json.Serialization;
using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The complete state of a flavor at one ledger entry. A restored state makes the same decisions as the original.
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

    /// <summary>The nodes, in name order.</summary>
    public IReadOnlyList<Node> Nodes { get; init; } = [];

    /// <summary>The budgets, in name order.</summary>
    public IReadOnlyList<Budget> Budgets { get; init; } = [];

    /// <summary>The runs with leases, in key order.</summary>
    public IReadOnlyList<RunningSnapshot> Running { get; init; } = [];

    /// <summary>The waiting runs, in key order.</summary>
    public IReadOnlyList<WaitingSnapshot> Waiting { get; init; } = [];

    /// <summary>Durations of past runs, by owner. The empty name means all owners.</summary>
    public IReadOnlyList<DurationsSnapshot> Durations { get; init; } = [];

    /// <summary>What runs took for each second that they stated, by owner. Absent in snapshots from before this count.
    /// </summary>
    public IReadOnlyList<DurationsSnapshot>? Statements { get; init; }

    /// <summary>Ratios of actual to forecast waits, oldest first.</summary>
    public IReadOnlyList<double> ForecastRatios { get; init; } = [];

    /// <summary>The same by class of expected length. Absent in snapshots from before these classes.</summary>
    public IReadOnlyList<ForecastClassSnapshot>? ForecastClasses { get; init; }

    /// <summary>The number of runs that waited and started.</summary>
    public long ForecastsStarted { get; init; }

    /// <summary>The number of those whose 90 % bound held.</summary>
    public long ForecastsHeld { get; init; }

    /// <summary>The margin of the bound. Always written, because an omitted value is read as 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double ForecastMargin { get; init; } = 1;

    /// <summary>How late waiting runs started. Absent in snapshots from before this count.</summary>
    public LatenessCounts? Lateness { get; init; }

    /// <summary>Decisions since the ledger began.</summary>
    public DecisionCounts Decisions { get; init; }

    /// <summary>What was done to running runs. Absent in snapshots from before this count.</summary>
    public ActionCounts Actions { get; init; }

    /// <summary>Promised starts moved later, by cause. Absent in snapshots from before this count.</summary>
    public IReadOnlyList<PromiseMoveCount>? PromiseMoves { get; init; }

    /// <summary>What owners used of their allowances for cuts. Absent if nobody did.</summary>
    public IReadOnlyList<CutAllowanceUse>? CutAllowances { get; init; }

    /// <summary>When a run was last cancelled. Absent if none was.</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>The instant of the last entry before those of <see cref="At"/>. Absent in snapshots from before it was
    /// kept.</summary>
    public DateTimeOffset? AtBefore { get; init; }

    /// <summary>Since when new nodes begin cordoned, because of entries that the store lost. Absent: they do
    /// not.</summary>
    public DateTimeOffset? NodesDoubtedSince { get; init; }
}

/// <summary>How often promised starts moved later for a cause.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">The number of moves.</param>
public sealed record PromiseMoveCount(MoveCause Cause, long Count);

/// <summary>A run with leases, in a snapshot.</summary>
/// <param name="Demand">What it asked for.</param>
/// <param name="StartedAt">When its leases began.</param>
/// <param name="ExpectedEnd">When it is expected to end.</param>
/// <param name="Leases">Its leases, in number order.</param>
/// <param name="Metered">GPU-seconds by class, up to the last class change of each claim.</param>
/// <param name="Claims">The settled class of each lease's claim and its instant, in lease order.</param>
public sealed record RunningSnapshot(
    Demand Demand, DateTimeOffset StartedAt, DateTimeOffset ExpectedEnd, IReadOnlyList<Lease> Leases,
        ClassSplit Metered, IReadOnlyList<ClaimSnapshot> Claims)
{
    /// <summary>When it last gained or lost leases; absent: when it started.</summary>
    public DateTimeOffset? ChangedAt { get; init; }
}

/// <summary>A waiting run, in a snapshot.</summary>
/// <param name="Demand">What it asks for.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Reservation">Its reservation, if it has one.</param>
/// <param name="Forecast">The forecast made when it began to wait.</param>
/// <param name="Baseline">The wait behind the forecast, before it was stretched by past errors.</param>
public sealed record WaitingSnapshot(
    Demand Demand, DateTimeOffset Since, Reservation? Reservation, RunEta? Forecast, TimeSpan Baseline);

/// <summary>The class of a claim at the last settlement.</summary>
/// <param name="Class">The class.</param>
/// <param name="Since">The instant up to which it is metered.</param>
public sealed record ClaimSnapshot(FundingClass Class, DateTimeOffset Since);

/// <summary>The durations of an owner's past runs.</summary>
/// <param name="Owner">The owner. Empty means all owners.</param>
/// <param name="Durations">The durations, oldest first.</param>
/// <param name="Width">The width in GPUs, a power of two. Absent: all widths.</param>
public sealed record DurationsSnapshot(string Owner, IReadOnlyList<TimeSpan> Durations, int? Width = null);

/// <summary>Ratios of actual to forecast waits of runs of one class of expected length.</summary>
/// <param name="Class">The class, from 0; see <see cref="ForecastErrors.Classes"/>.</param>
/// <param name="Ratios">The ratios, oldest first.</param>
/// <param name="Margin">The margin of their bound.</param>
public sealed record ForecastClassSnapshot(int Class, IReadOnlyList<double> Ratios, double Margin);

/// <summary>Decisions since a ledger began, by outcome.</summary>
/// <param name="Bound">Runs started.</param>
/// <param name="Reserved">Reservations made.</param>
/// <param name="Waiting">Runs queued without a reservation.</param>
/// <param name="Ended">Runs whose leases ended by themselves or on request.</param>
/// <param name="Reclaimed">Runs that were cut for another run.</param>
public readonly record struct DecisionCounts(
    long Bound = 0, long Reserved = 0, long Waiting = 0, long Ended = 0, long Reclaimed = 0);

using Jobtree.Core.Forecasting;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// What a flavor knows of its past beside its nodes, runs and leases: where its ledger stands, and what it has learnt.
/// Without it, a copy decides by the same rules, but with other draws and other forecasts.
/// </summary>
public sealed record FlavorPast
{
    /// <summary>The flavor.</summary>
    public required string Flavor { get; init; }

    /// <summary>The instant of the last ledger entry.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The number of the last ledger entry.</summary>
    public long Sequence { get; init; }

    /// <summary>The link that the next entry must carry.</summary>
    public string Head { get; init; } = "";

    /// <summary>The number of the next lease.</summary>
    public long NextLease { get; init; } = 1;

    /// <summary>Durations of past runs, by owner. The empty name means all owners.</summary>
    public IReadOnlyList<DurationsSnapshot> Durations { get; init; } = [];

    /// <summary>What runs took for each second that they stated, by owner.</summary>
    public IReadOnlyList<DurationsSnapshot> Statements { get; init; } = [];

    /// <summary>Ratios of actual to forecast waits, oldest first.</summary>
    public IReadOnlyList<double> ForecastRatios { get; init; } = [];

    /// <summary>The same by class of expected length.</summary>
    public IReadOnlyList<ForecastClassSnapshot> ForecastClasses { get; init; } = [];

    /// <summary>The number of runs that waited and started.</summary>
    public long ForecastsStarted { get; init; }

    /// <summary>The number of those whose 90 % bound held.</summary>
    public long ForecastsHeld { get; init; }

    /// <summary>The margin of the bound.</summary>
    public double ForecastMargin { get; init; } = 1;

    /// <summary>How late waiting runs started.</summary>
    public LatenessCounts? Lateness { get; init; }

    /// <summary>Decisions since the ledger began.</summary>
    public DecisionCounts Decisions { get; init; }

    /// <summary>What was done to running runs since the ledger began.</summary>
    public ActionCounts Actions { get; init; }

    /// <summary>The past in a snapshot.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="snapshot">Its snapshot.</param>
    public static FlavorPast Of(string flavor, FlavorSnapshot snapshot) => new()
    {
        Flavor = flavor,
        At = snapshot.At,
        Sequence = snapshot.Sequence,
        Head = snapshot.Head,
        NextLease = snapshot.NextLease,
        Durations = snapshot.Durations,
        Statements = snapshot.Statements ?? [],
        ForecastRatios = snapshot.ForecastRatios,
        ForecastClasses = snapshot.ForecastClasses ?? [],
        ForecastsStarted = snapshot.ForecastsStarted,
        ForecastsHeld = snapshot.ForecastsHeld,
        ForecastMargin = snapshot.ForecastMargin,
        Lateness = snapshot.Lateness,
        Decisions = snapshot.Decisions,
        Actions = snapshot.Actions,
    };

    /// <summary>A snapshot with this past.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public FlavorSnapshot Into(FlavorSnapshot snapshot) => snapshot with
    {
        At = At,
        Sequence = Sequence,
        Head = Head,
        NextLease = NextLease,
        Durations = Durations,
        Statements = Statements.Count > 0 ? Statements : null,
        ForecastRatios = ForecastRatios,
        ForecastClasses = ForecastClasses,
        ForecastsStarted = ForecastsStarted,
        ForecastsHeld = ForecastsHeld,
        ForecastMargin = ForecastMargin,
        Lateness = Lateness,
        Decisions = Decisions,
        Actions = Actions,
    };
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Scheduling;

namespace Jobtree.Grains.Hosting;

/// <summary>How actors are hosted as grains.</summary>
public sealed record GrainOptions
{
    private const int EndedHeapPart = 10;

    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>
    /// How many runs the fleet accepts. A cluster counts them with a delay of about a second, so submissions in that
    /// time may exceed the limit.
    /// </summary>
    public RunLimits Limits { get; init; } = new();

    /// <summary>How many ended runs the listing keeps; the history has all of them.</summary>
    public int EndedListedMax { get; init; } = 100_000;

    /// <summary>
    /// About how many bytes of memory the ended runs may take that the listing keeps; and as many the changes that are
    /// kept for watchers, which are mostly of the same runs.
    /// </summary>
    public long EndedBytesMax { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / EndedHeapPart;

    /// <summary>How long the listing keeps a run after its end.</summary>
    public TimeSpan EndedListedFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The clock for decisions. Timers and Orleans itself use the system clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether facts are delivered and due reservations served only when <see cref="Contracts.IFlavorGrain.Settle"/> is
    /// called, for tests under virtual time. Otherwise both happen automatically.
    /// </summary>
    public bool Stepped { get; init; }

    /// <summary>
    /// Whether the executor is notified again of a running run when the run's grain is reactivated. An in-process
    /// executor needs this; executors that report through the API do not.
    /// </summary>
    public bool TellsExecutorAgain { get; init; }

    /// <summary>
    /// Called for each record of a run that was made on this silo, with the record before it, for logs. It must be
    /// quick and must not throw.
    /// </summary>
    public Action<RunRecord?, RunRecord>? Recorded { get; init; }

    /// <summary>
    /// Called on the silo that served a command that changed nodes, budgets or funding terms, for logs. It must be
    /// quick and must not throw.
    /// </summary>
    public Action<FleetChange>? Changed { get; init; }

    /// <summary>Is told what the actors on this silo do; absent: nobody is.</summary>
    public IFleetObserver? Observer { get; init; }

    /// <summary>
    /// Called when an attempt is to be repeated after a failure, with the part that repeats it (<c>outbox</c>,
    /// <c>listing</c>, <c>journal</c>, <c>scheduler</c>) and the failure. It must be quick and must not throw.
    /// </summary>
    public Action<string, Exception>? Retried { get; init; }

    /// <summary>
    /// Called when a background loop of a grain on this silo has ended a pass, with the loop's name, the time that the
    /// pass took, and whether it succeeded. It must be quick and must not throw.
    /// </summary>
    public Action<string, TimeSpan, bool>? Passed { get; init; }

    /// <summary>
    /// Keeps what is reported about the runs of this silo, for the host's metrics; absent: the silo has its own.
    /// </summary>
    public ReportedRuns? ReportedRuns { get; init; }

    /// <summary>
    /// Keeps the usage that nodes report, while the directory is on this silo; absent: it is not kept.
    /// </summary>
    public ReportedNodes? ReportedNodes { get; init; }

    /// <summary>
    /// After how many records a flavor saves a snapshot. Its next activation reads at most that many, besides the
    /// snapshot.
    /// </summary>
    public long FlavorSnapshotEvery { get; init; } = 20_000;

    /// <summary>After how many records an envelope, a directory or a run saves a snapshot.</summary>
    public long SnapshotEvery { get; init; } = 1_024;

    /// <summary>
    /// How often a shard of the listing looks for runs that were not reported to it, for example because a silo died.
    /// </summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a shard of the listing looks whether runs that its runs follow have changed: how long a run may wait
    /// after the end of the last run that it follows. Shards without following runs ask nobody.
    /// </summary>
    public TimeSpan FollowEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often the continuous check begins a pass over a flavor; zero: never. Does not concern stepped fleets.
    /// </summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many open runs a shard of the listing rereads in each sweep, in case a silo died before it reported their
    /// changes. 0 disables this, for a single silo.
    /// </summary>
    public int LooksPerSweep { get; init; } = 100;
}

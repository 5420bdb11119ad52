using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Scheduling;

namespace Jobtree.Grains.Hosting;

/// <summary>How actors are hosted as grains.</summary>
public sealed record GrainOptions
{
    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>
    /// How many runs are taken. In a cluster they are counted with a delay of a second or so, so that the bound may be
    /// overrun by what is submitted meanwhile.
    /// </summary>
    public RunLimits Limits { get; init; } = new();

    /// <summary>The clock that decisions are made by. Timers and Orleans itself go by the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether facts are delivered and due reservations served only when <see cref="Contracts.IFlavorGrain.Settle"/> is
    /// called: for tests under virtual time. Otherwise that happens by itself.
    /// </summary>
    public bool Stepped { get; init; }

    /// <summary>
    /// Whether the executor wants to hear again of a running run whose grain is activated anew: one in this process
    /// does, others who report through the API need not.
    /// </summary>
    public bool TellsExecutorAgain { get; init; }

    /// <summary>
    /// Is told of each run whose end was recorded on this silo, once for each end, for what is counted; it must be
    /// quick.
    /// </summary>
    public Action<RunRecord>? Ended { get; init; }

    /// <summary>
    /// Is told of each run of a flavor on this silo that had waited and starts now, and how late it is against its
    /// forecast; it must be quick and must not throw.
    /// </summary>
    public Action<string, TimeSpan>? Started { get; init; }

    /// <summary>
    /// After how many records a flavor keeps a snapshot: the most that its next activation reads, beside the snapshot.
    /// </summary>
    public long FlavorSnapshotEvery { get; init; } = 20_000;

    /// <summary>After how many records an envelope, a directory or a run keeps a snapshot.</summary>
    public long SnapshotEvery { get; init; } = 1_024;

    /// <summary>
    /// How often a shard of the listing looks for runs that it was not told of, such as by a silo that died.
    /// </summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many open runs a shard of the listing looks at in each sweep, in case what a silo had to tell of them got
    /// lost with it. 0: none, where there is but one silo.
    /// </summary>
    public int LooksPerSweep { get; init; } = 100;
}

using Jobtree.Actors.Operations;
using Jobtree.Core.Scheduling;
using Jobtree.Embedded.Journal;
using Jobtree.Telemetry;

namespace Jobtree.Embedded.Hosting;

/// <summary>How a fleet is kept in one process.</summary>
public sealed record EmbeddedFleetOptions
{
    /// <summary>The data folder; the journal is in <c>journal</c> below it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether answers wait until the disk has what they say. Without, a power failure loses the last moments; for
    /// benches.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// After how many journal records a snapshot is taken, so that the next start reads no more than that; at least 1.
    /// </summary>
    public long SnapshotEvery { get; init; } = 500_000;

    /// <summary>How many runs are taken.</summary>
    public RunLimits Limits { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>Where journal writes and snapshots are counted; absent: they are not.</summary>
    public FleetMetrics? Metrics { get; init; }

    /// <summary>What the journal is written to.</summary>
    internal IJournalDisk Disk { get; init; } = new JournalDisk();
}

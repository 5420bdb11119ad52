using Jobtree.Journal;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>How a silo keeps its journals on this machine's disk.</summary>
internal sealed record DiskJournalOptions
{
    /// <summary>The data folder; the log is in <c>journal</c> below it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether <see cref="DiskJournals.WhenDurable"/> waits for the flush to disk. If false, a power failure loses the
    /// most recent records; for benchmarks.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// The number of records between snapshots of all actors, which bounds what the next start reads; at least 1.
    /// </summary>
    public long SnapshotEvery { get; init; } = 500_000;

    /// <summary>
    /// How many bytes of an open actor are held in memory beside the grain, so that recovery from a failed activation
    /// need not read the log.
    /// </summary>
    public int HeldBytesMax { get; init; } = 64 << 10;

    /// <summary>Measures batches and snapshots, and counts failures; absent: nothing does.</summary>
    public FleetMetrics? Metrics { get; init; }

    /// <summary>What the log is written to.</summary>
    public IJournalDisk Disk { get; init; } = new JournalDisk();

    /// <summary>The folder of the log.</summary>
    public string LogFolder => Path.Combine(Folder, "journal");
}

using Jobtree.Journal;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>How a silo keeps its journals on this machine's disk.</summary>
internal sealed record DiskJournalOptions
{
    /// <summary>The data folder; the log is in <c>journal</c> below it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether <see cref="DiskJournals.WhenDurable"/> waits until the disk has everything. Without, a power failure
    /// loses the last moments; for benches.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// After how many records a snapshot of all actors is taken, so that the next start reads no more than that; at
    /// least 1.
    /// </summary>
    public long SnapshotEvery { get; init; } = 500_000;

    /// <summary>
    /// How many bytes of an open actor stay in memory beside the actor itself, so that an activation that fails finds
    /// them again without reading the log.
    /// </summary>
    public int HeldBytesMax { get; init; } = 64 << 10;

    /// <summary>
    /// Told of each batch that has become durable: how long it took and how many records it held. It must be quick.
    /// </summary>
    public Action<TimeSpan, int>? BatchWritten { get; init; }

    /// <summary>What the log is written to.</summary>
    public IJournalDisk Disk { get; init; } = new JournalDisk();

    /// <summary>The folder of the log.</summary>
    public string LogFolder => Path.Combine(Folder, "journal");
}

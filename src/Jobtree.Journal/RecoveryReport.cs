namespace Jobtree.Journal;

/// <summary>What recovery read, and which faults it could correct.</summary>
public sealed record RecoveryReport
{
    /// <summary>The path of the snapshot that was used; null if the log was read from its first record.</summary>
    public string? Snapshot { get; init; }

    /// <summary>States passed on from the snapshot.</summary>
    public long SnapshotActors { get; init; }

    /// <summary>Records passed on, and forgotten and restored actors.</summary>
    public long Records { get; init; }

    /// <summary>Those skipped because the snapshot covers them.</summary>
    public long RecordsCovered { get; init; }

    /// <summary>Segments read.</summary>
    public int Segments { get; init; }

    /// <summary>Bytes read from segments and the snapshot.</summary>
    public long Bytes { get; init; }

    /// <summary>The log sequence number of the last append; 0 if the log is empty.</summary>
    public long LastLsn { get; init; }

    /// <summary>The torn tail that was cut off; null if the log ended cleanly.</summary>
    public TornTail? TornTail { get; init; }

    /// <summary>Damaged snapshots that could not be used; recovery fell back to older data.</summary>
    public IReadOnlyList<JournalDamagedException> SnapshotsDamaged { get; init; } = [];

    /// <summary>Unfinished files of an earlier process that were removed.</summary>
    public IReadOnlyList<string> FilesRemoved { get; init; } = [];
}

/// <summary>The end of the log that a crash left half-written. None of it was ever acknowledged.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The offset of the first byte dropped.</param>
/// <param name="BytesDropped">How many bytes were dropped.</param>
/// <param name="ZeroFilled">Whether all of them were zero: space that the file system had allocated but not
/// filled.</param>
public sealed record TornTail(string File, long Offset, long BytesDropped, bool ZeroFilled);

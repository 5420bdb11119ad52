namespace Jobtree.Journal;

/// <summary>What was read, and what was not as it should be but could be made good.</summary>
public sealed record RecoveryReport
{
    /// <summary>The path of the snapshot that was used; null if the log was read from its first record.</summary>
    public string? Snapshot { get; init; }

    /// <summary>States handed over from the snapshot.</summary>
    public long SnapshotActors { get; init; }

    /// <summary>Records handed over.</summary>
    public long Records { get; init; }

    /// <summary>Records that the snapshot already covered.</summary>
    public long RecordsCovered { get; init; }

    /// <summary>Segments read.</summary>
    public int Segments { get; init; }

    /// <summary>Bytes of segments and snapshot read.</summary>
    public long Bytes { get; init; }

    /// <summary>The number of the last record of the log; 0 if it is empty.</summary>
    public long LastLsn { get; init; }

    /// <summary>The half-written end that was cut off; null if the log ended cleanly.</summary>
    public TornTail? TornTail { get; init; }

    /// <summary>
    /// Snapshots that could not be used because they are damaged; the recovery went back to older data for them.
    /// </summary>
    public IReadOnlyList<JournalDamagedException> SnapshotsDamaged { get; init; } = [];

    /// <summary>Unfinished files of an earlier process that were removed.</summary>
    public IReadOnlyList<string> FilesRemoved { get; init; } = [];
}

/// <summary>The end of the log that a crash left half written. None of it was ever acknowledged.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The first byte dropped.</param>
/// <param name="BytesDropped">How many bytes followed from there.</param>
/// <param name="ZeroFilled">Whether they were all zero: space the file system had given but not filled.</param>
public sealed record TornTail(string File, long Offset, long BytesDropped, bool ZeroFilled);

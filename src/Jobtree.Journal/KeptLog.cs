namespace Jobtree.Journal;

/// <summary>
/// All that is there of a log: from its first record, or, if its first segments were moved away, from the oldest kept
/// snapshot. It changes nothing and takes no lock.
/// </summary>
internal sealed class KeptLog
{
    private readonly JournalFolder files;
    private readonly IJournalReader reader;
    private readonly ActorSequences actors;
    private readonly IReadOnlyList<long> segments;
    private readonly List<JournalDamagedException> damaged = [];

    private KeptLog(JournalFolder files, IJournalReader reader)
    {
        (this.files, this.reader, segments) = (files, reader, files.Segments());
        actors = new ActorSequences(int.MaxValue) { RemembersForgotten = true, FollowsSnapshot = FirstSegment > 1 };
    }

    /// <summary>The number of the first segment that is there; 0 if there is none.</summary>
    public long FirstSegment => segments is [var first, ..] ? first : 0;

    /// <summary>The snapshot at which the reading begins; null: it begins at the first record.</summary>
    public SnapshotSummary? Snapshot { get; private set; }

    /// <summary>Damaged snapshots, instead of which a later one was used.</summary>
    public IReadOnlyList<JournalDamagedException> SnapshotsDamaged => damaged;

    /// <summary>Finds where the log begins, and passes on the states of the snapshot there, if any.</summary>
    /// <exception cref="JournalDamagedException">A segment in the middle is missing, or there is no snapshot to begin
    /// at.</exception>
    public static KeptLog Begin(JournalFolder files, IJournalReader reader, CancellationToken cancellation)
    {
        var log = new KeptLog(files, reader);
        if (log.FirstSegment != 1)
            log.BeginAtSnapshot(cancellation);
        return log;
    }

    /// <summary>Passes on every record from there on.</summary>
    /// <exception cref="JournalDamagedException">A segment is missing or damaged; every record before that place was
    /// passed on.</exception>
    public RecoveryReport Read(CancellationToken cancellation)
    {
        if (segments.Count == 0)
            return new RecoveryReport();
        var walker = new LogWalker(files, actors, reader, cancellation);
        var end = walker.Walk(Snapshot);
        return new RecoveryReport
        {
            Snapshot = Snapshot is null ? null : files.Snapshot(Snapshot.Header.Number),
            SnapshotActors = Snapshot?.Actors ?? 0,
            Records = walker.Records,
            RecordsCovered = walker.RecordsCovered,
            Segments = walker.Segments,
            Bytes = walker.Bytes + (Snapshot?.Bytes ?? 0),
            LastLsn = end.LastLsn,
            TornTail = end.Torn,
            SnapshotsDamaged = damaged,
        };
    }

    private void BeginAtSnapshot(CancellationToken cancellation)
    {
        for (var at = 1; at < segments.Count; at++)
        {
            var missing = segments[at - 1] + 1;
            if (segments[at] != missing)
                throw new JournalDamagedException(files.Segment(missing), 0,
                    $"the segment is missing: {files.Segment(segments[at])} comes after it");
        }
        var snapshots = files.Snapshots();
        Snapshot = snapshots.Where(segments.Contains).Select(number => Read(number, cancellation))
            .FirstOrDefault(read => read is not null);
        if (Snapshot is null && (segments.Count > 0 || snapshots.Count > 0))
        {
            throw new JournalDamagedException(files.Segment(1), 0,
                "the segment is missing: without a whole snapshot, and the segment that continues it, the log is " +
                "needed from its first record");
        }
    }

    /// <summary>Passes on the states of a snapshot; null if it cannot be used, or was replaced meanwhile.</summary>
    private SnapshotSummary? Read(long number, CancellationToken cancellation)
    {
        try
        {
            // The whole snapshot is verified first, because states that were passed on cannot be taken back.
            SnapshotFile.Read(files, number, null, null, cancellation);
            return SnapshotFile.Read(files, number, reader, actors, cancellation);
        }
        catch (JournalDamagedException damage)
        {
            damaged.Add(damage);
        }
        catch (FileNotFoundException)
        {
            // The host has taken another one.
        }
        return null;
    }
}

namespace Jobtree.Journal;

/// <summary>
/// Reads the newest state from a journal's files. It removes unfinished files and changes nothing else.
/// </summary>
internal static class JournalRecovery
{
    /// <summary>Passes on the newest usable snapshot and the records after it.</summary>
    /// <exception cref="JournalDamagedException">A required file is missing or damaged.</exception>
    public static RecoveredLog Read(
        JournalFolder folder, JournalOptions options, IJournalReader reader, CancellationToken cancellation)
    {
        var removed = folder.RemoveTemporaries();
        var segments = folder.Segments();
        var snapshots = folder.Snapshots();
        if (segments.Count == 0)
        {
            if (snapshots.Count > 0)
                throw new JournalDamagedException(
                    folder.Segment(snapshots[^1]), 0, "the segment is missing: a snapshot is continued in it");
            return StopMark.Read(folder) is not { HasRecords: true }
                ? new RecoveredLog(null, new RecoveryReport { FilesRemoved = removed })
                : throw new JournalDamagedException(
                    folder.Segment(1), 0, $"the segment is missing: {folder.StopFile} tells of records");
        }

        var damaged = new List<JournalDamagedException>();
        var snapshot = Newest(folder, snapshots, damaged, cancellation);
        var first = snapshot?.Header.Number ?? 1;
        if (!segments.Contains(first))
        {
            var why = snapshot is not null ? "a snapshot is continued in it"
                : damaged.Count > 0
                    ? $"without a whole snapshot the log is needed from its first record, also what was moved away " +
                        $"({damaged[0].Message})"
                : "there is no snapshot, so that the log is needed from its first record";
            throw new JournalDamagedException(folder.Segment(first), 0, $"the segment is missing: {why}");
        }

        var actors = new ActorSequences(options.ActorsMax) { FollowsSnapshot = snapshot is not null };
        if (snapshot is not null)
            SnapshotFile.Read(folder, first, reader, actors, cancellation);
        var walker = new LogWalker(folder, actors, reader, cancellation);
        var end = walker.Walk(snapshot);
        return new RecoveredLog(end, new RecoveryReport
        {
            Snapshot = snapshot is null ? null : folder.Snapshot(first),
            SnapshotActors = snapshot?.Actors ?? 0,
            Records = walker.Records,
            RecordsCovered = walker.RecordsCovered,
            Segments = walker.Segments,
            Bytes = walker.Bytes + (snapshot?.Bytes ?? 0),
            LastLsn = end.LastLsn,
            TornTail = end.Torn,
            SnapshotsDamaged = damaged,
            FilesRemoved = removed,
        });
    }

    private static SnapshotSummary? Newest(
        JournalFolder folder, IReadOnlyList<long> snapshots, List<JournalDamagedException> damaged,
            CancellationToken cancellation)
    {
        foreach (var number in snapshots.Reverse())
        {
            try
            {
                // The whole snapshot is verified first, because states that were passed on cannot be taken back.
                return SnapshotFile.Read(folder, number, null, null, cancellation);
            }
            catch (JournalDamagedException exception)
            {
                damaged.Add(exception);
            }
        }

        return null;
    }
}

/// <summary>A log that was read to its end.</summary>
/// <param name="End">Where to continue; null if there is no log yet.</param>
/// <param name="Report">What was read.</param>
internal sealed record RecoveredLog(WalkEnd? End, RecoveryReport Report);

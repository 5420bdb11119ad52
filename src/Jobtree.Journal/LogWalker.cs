namespace Jobtree.Journal;

/// <summary>
/// Reads segments in order and passes on their records. Only this class decides whether a broken place is a torn tail
/// or damage. It writes nothing and may read beside a live writer.
/// </summary>
internal sealed class LogWalker(
    JournalFolder folder, ActorSequences actors, IJournalReader reader, CancellationToken cancellation)
{
    /// <summary>Records passed on, and forgotten and restored actors.</summary>
    public long Records { get; private set; }

    /// <summary>Those skipped because the snapshot covers them.</summary>
    public long RecordsCovered { get; private set; }

    /// <summary>Segments read.</summary>
    public int Segments { get; private set; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reads to the end of the log.</summary>
    /// <param name="snapshot">The snapshot to go on from; null: from the first record.</param>
    /// <exception cref="JournalDamagedException">A segment is missing or damaged, or the log ends before the
    /// snapshot was taken.</exception>
    public WalkEnd Walk(SnapshotSummary? snapshot)
    {
        // Read before the log: a writer may go on and stop meanwhile.
        var stopped = StopMark.Read(folder);
        var end = Walk(snapshot?.Header.Number ?? 1, snapshot?.Header.FirstLsn ?? 1, snapshot?.Header.Journal);
        if (end.LastLsn < snapshot?.CommitLsn)
        {
            throw new JournalDamagedException(
                end.Path, end.Offset,
                    $"the log ends with record {end.LastLsn}, but record {snapshot.CommitLsn} was durable when a " +
                    $"snapshot was taken");
        }
        stopped?.Check(folder, end);
        actors.ThrowIfUnfounded();
        return end;
    }

    private WalkEnd Walk(long first, long firstLsn, Guid? journal)
    {
        FileHeader? previous = null;
        for (var number = first; ; number++)
        {
            using var window = folder.OpenSegment(number);
            var path = window.Path;
            var header = FileHeader.Read(window.At(0, FileHeader.Bytes), path, isSnapshot: false, number);
            if (header.FirstLsn != firstLsn)
                throw new JournalDamagedException(
                    path, 24, $"the segment begins with record {header.FirstLsn}, but {firstLsn} is next");
            if (journal is { } identity && header.Journal != identity)
                throw new JournalDamagedException(path, 48, "the segment belongs to another journal");
            journal = header.Journal;

            var cursor = new SegmentCursor(window, header);
            var unsealed = false;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                Drain(cursor, path);
            }
            while (!Ends(cursor, number, path, ref unsealed));
            Segments++;
            Bytes += cursor.Offset;

            if (!cursor.Sealed && !unsealed)
                return new WalkEnd(header, path, cursor.Offset, cursor.BatchOffset, cursor.LastLsn, cursor.Marked,
                    cursor.Torn, previous);
            previous = unsealed ? header : null;
            firstLsn = cursor.LastLsn + 1;
        }
    }

    private void Drain(SegmentCursor cursor, string path)
    {
        while (cursor.Next(out var header, out var key, out var payload))
        {
            if (header.Kind is FrameKind.Mark or FrameKind.Seal)
                continue;
            if (PassOn(header, key, payload, new JournalPosition(path, cursor.Offset - header.FrameBytes, header.Lsn)))
                Records++;
            else
                RecordsCovered++;
        }
    }

    /// <summary>Passes a frame of an actor on; false if the snapshot covers it.</summary>
    private bool PassOn(
        FrameHeader frame, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, in JournalPosition at)
    {
        var (sequence, file, offset) = (frame.Sequence, at.File, at.Offset);
        JournalActor actor;
        switch (frame.Kind)
        {
            case FrameKind.Record when actors.Advance(key, sequence, file, offset, out actor):
                reader.Record(actor, sequence, payload, at);
                return true;
            case FrameKind.Forget when actors.Forget(key, sequence, file, offset, out actor):
                reader.Forget(actor, sequence);
                return true;
            case FrameKind.Restore when actors.Restore(key, sequence, file, offset, out actor):
                reader.Restore(actor, sequence, payload, at);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Whether the segment has ended. False means that a writer has appended more, so reading continues.
    /// </summary>
    private bool Ends(SegmentCursor cursor, long number, string path, ref bool unsealed)
    {
        var nextPath = folder.Segment(number + 1);
        if (!folder.HasSegment(number + 1))
        {
            if (cursor.Sealed)
                throw new JournalDamagedException(nextPath, 0, $"the segment is missing: {path} is continued in it");
            if (!cursor.JudgeTail())
                return false;
            if (folder.HasSegment(number + 1))
                return false;
            var later = folder.Segments().FirstOrDefault(candidate => candidate > number);
            return later == 0 || later == number + 1
                ? later == 0
                : throw new JournalDamagedException(
                    nextPath, 0, $"the segment is missing: {folder.Segment(later)} comes after it");
        }

        using var nextWindow = folder.OpenSegment(number + 1);
        nextPath = nextWindow.Path;
        var next = FileHeader.Read(nextWindow.At(0, FileHeader.Bytes), nextPath, isSnapshot: false, number + 1);
        // Check this before looking for the seal: a writer seals a segment before it writes to the next one.
        var nextHasFrames = nextWindow.Length > FileHeader.Bytes || folder.HasSegment(number + 2);
        if (!cursor.Sealed && cursor.CanContinue())
            return false;
        var end = cursor.Sealed ? cursor.SealOffset : cursor.Offset;
        if (end != next.PreviousBytes)
        {
            throw new JournalDamagedException(
                path, end,
                    $"no whole frame follows, but {nextPath} says that the segment goes on to offset " +
                    $"{next.PreviousBytes}");
        }

        if (cursor.Sealed)
            return true;
        if (nextHasFrames)
            throw new JournalDamagedException(path, end, $"the segment is not sealed, but {nextPath} continues it");
        unsealed = true;
        return true;
    }
}

/// <summary>Where the log ends, and how to continue it.</summary>
/// <param name="Header">The header of the last segment.</param>
/// <param name="Path">The path of the last segment.</param>
/// <param name="Offset">The end of the segment's last whole frame.</param>
/// <param name="BatchOffset">The start of that frame's batch, which may not have been flushed.</param>
/// <param name="LastLsn">The sequence number of the last record; one less than the header's first if there is
/// none.</param>
/// <param name="Marked">Whether that frame is a mark, which says that everything before it is durable.</param>
/// <param name="Torn">The bytes after the last whole frame, if any.</param>
/// <param name="UnsealedPrevious">The previous segment, if a crash prevented its seal from being written.</param>
internal sealed record WalkEnd(
    FileHeader Header, string Path, long Offset, long BatchOffset, long LastLsn, bool Marked, TornTail? Torn,
        FileHeader? UnsealedPrevious);

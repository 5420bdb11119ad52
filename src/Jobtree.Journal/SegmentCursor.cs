namespace Jobtree.Journal;

/// <summary>Reads the frames of one segment, checks each against the one before, and judges the tail.</summary>
internal sealed class SegmentCursor(FileWindow window, FileHeader header)
{
    private const int ScanPieceBytes = 1 << 20;
    private readonly uint saltState = header.SaltState;

    /// <summary>The end of the last whole frame.</summary>
    public long Offset { get; private set; } = FileHeader.Bytes;

    /// <summary>The start of the last frame's batch.</summary>
    public long BatchOffset { get; private set; } = FileHeader.Bytes;

    /// <summary>The sequence number of the last record.</summary>
    public long LastLsn { get; private set; } = header.FirstLsn - 1;

    /// <summary>Whether the last frame is a mark, which says that everything before it is durable.</summary>
    public bool Marked { get; private set; }

    /// <summary>Whether the last frame was the seal, after which no frame may follow.</summary>
    public bool Sealed { get; private set; }

    /// <summary>The offset of the seal.</summary>
    public long SealOffset { get; private set; }

    /// <summary>The torn tail after the last whole frame, once <see cref="JudgeTail"/> has found one.</summary>
    public TornTail? Torn { get; private set; }

    /// <summary>Reads the next frame; false at the end of the segment or where there is no whole frame.</summary>
    /// <exception cref="JournalDamagedException">There is a whole frame, but not the expected one.</exception>
    public bool Next(out FrameHeader frame, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> payload)
    {
        key = payload = default;
        if (!TryFrame(Offset, out frame, out var bytes))
            return false;
        if (Sealed)
            throw new JournalDamagedException(window.Path, Offset, "a frame follows the seal of the segment");
        Check(frame);
        if (frame.Kind == FrameKind.Seal)
        {
            Sealed = true;
            SealOffset = Offset;
        }

        key = bytes.Slice(FrameHeader.Bytes, frame.KeyBytes);
        payload = bytes[(FrameHeader.Bytes + frame.KeyBytes)..frame.FrameBytes];
        Marked = frame.Kind == FrameKind.Mark;
        LastLsn = frame.Lsn;
        BatchOffset = frame.BatchOffset;
        Offset += frame.FrameBytes;
        if (Sealed && window.Length > Offset)
            throw new JournalDamagedException(window.Path, Offset, "bytes follow the seal of the segment");
        return true;
    }

    /// <summary>
    /// Whether the file now holds a whole frame at the end. It reads the file again and ignores buffered bytes.
    /// </summary>
    public bool CanContinue()
    {
        window.Refresh();
        return TryFrame(Offset, out _, out _);
    }

    /// <summary>
    /// Judges the bytes after the last whole frame. A batch is written only when the one before it is on disk, and its
    /// frames name its start. If a later whole frame belongs to a batch that starts after the broken place, that place
    /// was once durable and is damaged. Otherwise it belongs to the batch that the crash interrupted. None of that
    /// batch was acknowledged, even if later pages of it reached the disk.
    /// </summary>
    /// <returns>Whether the tail is judged. False means that a writer has completed the broken frame.</returns>
    /// <exception cref="JournalDamagedException">The broken place was once durable.</exception>
    public bool JudgeTail()
    {
        var length = window.Length;
        if (length <= Offset)
            return true;
        var zeroFilled = true;
        for (var at = Offset; at < length; at += ScanPieceBytes)
        {
            // Pieces overlap slightly, so that no magic is split between two.
            var piece = window.At(at, (int)Math.Min(length - at, ScanPieceBytes + FrameHeader.Magic.Length));
            zeroFilled &= piece.IndexOfAnyExcept((byte)0) < 0;
            if (zeroFilled)
                continue;
            if (LaterBatchIn(at, piece.Length) is not { } proof)
                continue;
            return CanContinue()
                ? false
                : throw new JournalDamagedException(
                    window.Path, Offset,
                        $"no whole frame stands here, but the one at offset {proof} was written after this place was " +
                        $"durable");
        }

        if (CanContinue())
            return false;
        Torn = new TornTail(window.Path, Offset, length - Offset, zeroFilled);
        return true;
    }

    private long? LaterBatchIn(long start, int count)
    {
        for (var skipped = 0; skipped < count;)
        {
            var rest = window.At(start + skipped, count - skipped);
            var found = rest.IndexOf(FrameHeader.Magic);
            if (found < 0)
                return null;
            var at = start + skipped + found;
            if (at > Offset && TryFrame(at, out var frame, out _) && frame.BatchOffset > Offset
                && frame.BatchOffset <= at)
                return at;
            skipped += found + 1;
        }

        return null;
    }

    private bool TryFrame(long at, out FrameHeader frame, out ReadOnlySpan<byte> bytes)
    {
        bytes = window.At(at, FrameHeader.Bytes);
        if (!FrameHeader.TryRead(bytes, saltState, FrameHeader.PayloadBytesLimit, out frame))
            return false;
        bytes = window.At(at, frame.FrameBytes);
        return bytes.Length == frame.FrameBytes && frame.Verifies(bytes, saltState);
    }

    private void Check(FrameHeader frame)
    {
        var lsn = frame.Kind switch
        {
            FrameKind.Record or FrameKind.Forget or FrameKind.Restore => LastLsn + 1,
            FrameKind.Mark or FrameKind.Seal => LastLsn,
            _ => throw new JournalDamagedException(
                window.Path, Offset, $"no frame of kind {(byte)frame.Kind} belongs into a segment"),
        };
        if (frame.Lsn != lsn)
            throw new JournalDamagedException(
                window.Path, Offset, $"the frame has the number {frame.Lsn}, but {lsn} is next");
        if (frame.BatchOffset != BatchOffset && frame.BatchOffset != Offset)
            throw new JournalDamagedException(
                window.Path, Offset, $"the frame names a batch at offset {frame.BatchOffset}, where none begins");
        if (frame.Kind == FrameKind.Seal && frame.Sequence != header.Number + 1)
            throw new JournalDamagedException(
                window.Path, Offset, $"the seal names the segment {frame.Sequence} as the next");
    }
}

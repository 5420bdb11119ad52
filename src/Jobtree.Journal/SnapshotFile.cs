namespace Jobtree.Journal;

/// <summary>Reads a snapshot.</summary>
internal static class SnapshotFile
{
    /// <summary>
    /// Reads and verifies a whole snapshot, and passes its states on unless it is only to be verified.
    /// </summary>
    /// <exception cref="JournalDamagedException">The snapshot is incomplete or damaged.</exception>
    public static SnapshotSummary Read(
        JournalFolder folder, long number, IJournalReader? reader, ActorSequences? actors,
            CancellationToken cancellation)
    {
        using var window = new FileWindow(folder.Snapshot(number));
        var file = window.Path;
        var header = FileHeader.Read(window.At(0, FileHeader.Bytes), file, isSnapshot: true, number);
        var saltState = header.SaltState;
        long offset = FileHeader.Bytes;
        for (long index = 1; ; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = window.At(offset, FrameHeader.Bytes);
            if (!FrameHeader.TryRead(bytes, saltState, FrameHeader.StateBytesLimit, out var frame))
                throw new JournalDamagedException(file, offset, "no whole state stands here");
            var isWhole = actors is null
                ? frame.Verifies(window, offset, saltState)
                : (bytes = window.At(offset, frame.FrameBytes)).Length == frame.FrameBytes && frame.Verifies(
                    bytes, saltState);
            if (!isWhole)
                throw new JournalDamagedException(file, offset, "no whole state stands here");
            if (frame.Lsn != index)
                throw new JournalDamagedException(
                    file, offset, $"state {frame.Lsn} stands where state {index} must be");
            if (frame.Kind == FrameKind.End)
            {
                var end = offset + frame.FrameBytes;
                return window.Length == end
                    ? new SnapshotSummary(header, frame.Sequence, index - 1, end)
                    : throw new JournalDamagedException(file, end, "bytes follow the end of the snapshot");
            }

            if (frame.Kind != FrameKind.State)
                throw new JournalDamagedException(
                    file, offset, $"no frame of kind {(byte)frame.Kind} belongs into a snapshot");
            if (actors is not null)
            {
                var key = bytes.Slice(FrameHeader.Bytes, frame.KeyBytes);
                reader?.Snapshot(actors.Begin(key, frame.Sequence, file, offset), frame.Sequence,
                    bytes[(FrameHeader.Bytes + frame.KeyBytes)..]);
            }

            offset += frame.FrameBytes;
        }
    }
}

/// <summary>Describes a complete snapshot.</summary>
/// <param name="Header">The header: the segment that continues the snapshot, and that segment's first record.</param>
/// <param name="CommitLsn">The last record that was durable when the snapshot was completed; the log cannot end before
/// it.</param>
/// <param name="Actors">The number of states.</param>
/// <param name="Bytes">The length in bytes.</param>
internal sealed record SnapshotSummary(FileHeader Header, long CommitLsn, long Actors, long Bytes);

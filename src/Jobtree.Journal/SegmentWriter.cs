using Jobtree.Core;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// Appends frames to the last segment and begins the next one. One thread at a time uses it: first the one that opens
/// the journal, then the one that writes it.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly JournalFolder folder;
    private readonly IJournalDisk disk;
    private readonly long segmentBytesMax;
    private SafeFileHandle file;
    private uint saltState;
    private long end;

    private SegmentWriter(
        JournalFolder folder, IJournalDisk disk, long segmentBytesMax, SafeFileHandle file, FileHeader header, long end)
    {
        (this.folder, this.disk, this.segmentBytesMax) = (folder, disk, segmentBytesMax);
        (this.file, Header, this.end) = (file, header, end);
        saltState = header.SaltState;
    }

    /// <summary>The header of the segment being written.</summary>
    public FileHeader Header { get; private set; }

    /// <summary>Creates a journal.</summary>
    public static SegmentWriter Create(JournalFolder folder, IJournalDisk disk, long segmentBytesMax)
    {
        var header = new FileHeader(false, 1, 1, 0, Salt(), Guid.NewGuid());
        var file = CreateFile(folder, disk, header);
        return new SegmentWriter(folder, disk, segmentBytesMax, file, header, FileHeader.Bytes);
    }

    /// <summary>
    /// Continues a log where it ended. Cuts off a torn tail, and flushes names again because the crash may have come
    /// just before that. Rewrites the last batch: if the previous process died of a failed flush, the system may show
    /// cached bytes that never reached the disk, and another flush alone would not write them. Begins the next segment
    /// if this one is of an earlier version, so that a program which reads only that version refuses what follows.
    /// </summary>
    public static SegmentWriter Resume(JournalFolder folder, IJournalDisk disk, long segmentBytesMax, WalkEnd last)
    {
        if (last.UnsealedPrevious is { } previous)
            SealAgain(folder, disk, previous, last.Header);
        var file = disk.Open(last.Path, FileMode.Open);
        try
        {
            if (last.Torn is not null)
                disk.SetLength(file, last.Offset);
            disk.Write(file, Read(file, last.BatchOffset, last.Offset), last.BatchOffset);
            disk.Flush(file);
            disk.FlushFolder(folder.Root);
            var writer = new SegmentWriter(folder, disk, segmentBytesMax, file, last.Header, last.Offset);
            if (last.Header.Version < FileHeader.VersionNow)
                writer.Roll(last.LastLsn);
            return writer;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a batch and returns when it is on disk.</summary>
    public void Write(Batch batch, long durableLsn)
    {
        Invariant.Holds(batch.Records > 0 && batch.LastLsn == durableLsn + batch.Records, "A batch continues the log.");
        if (end > FileHeader.Bytes && end + batch.Bytes > segmentBytesMax)
            Roll(durableLsn);
        var frames = batch.Frames;
        for (var at = 0; at < frames.Length;)
        {
            var frame = frames.Slice(at, FrameHeader.FrameBytesAt(frames[at..]));
            FrameHeader.Seal(frame, saltState, end);
            at += frame.Length;
        }

        disk.Write(file, frames, end);
        disk.Flush(file);
        end += frames.Length;
    }

    /// <summary>
    /// Writes a mark, which says that everything before it is durable. The mark needs no flush: its statement is true
    /// whether or not it survives.
    /// </summary>
    public void Mark(long durableLsn) => end += WriteEmpty(disk, file, FrameKind.Mark, saltState, end, durableLsn, 0);

    /// <summary>
    /// Begins the next segment. The new segment exists before the seal names it, and the seal is durable before the new
    /// segment has a frame. So recovery notices a missing last segment, and a truncated one.
    /// </summary>
    public void Roll(long durableLsn)
    {
        var next = new FileHeader(false, Header.Number + 1, durableLsn + 1, end, Salt(), Header.Journal);
        Invariant.Holds(next.FirstLsn >= Header.FirstLsn, "Numbers only grow from segment to segment.");
        var nextFile = CreateFile(folder, disk, next);
        try
        {
            WriteEmpty(disk, file, FrameKind.Seal, saltState, end, durableLsn, next.Number);
            disk.Flush(file);
        }
        catch
        {
            nextFile.Dispose();
            throw;
        }

        file.Dispose();
        (file, Header, end) = (nextFile, next, FileHeader.Bytes);
        saltState = next.SaltState;
    }

    /// <summary>Returns when everything written is on disk.</summary>
    public void Flush() => disk.Flush(file);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>Seals the previous segment if a crash came after its successor was created.</summary>
    private static void SealAgain(JournalFolder folder, IJournalDisk disk, FileHeader previous, FileHeader next)
    {
        using var file = disk.Open(folder.Segment(previous.Number), FileMode.Open);
        disk.SetLength(file, next.PreviousBytes);
        WriteEmpty(disk, file, FrameKind.Seal, previous.SaltState, next.PreviousBytes, next.FirstLsn - 1, next.Number);
        disk.Flush(file);
    }

    private static SafeFileHandle CreateFile(JournalFolder folder, IJournalDisk disk, FileHeader header)
    {
        var path = folder.Segment(header.Number);
        var temporary = JournalFolder.Temporary(path);
        var file = disk.Open(temporary, FileMode.Create);
        try
        {
            Span<byte> bytes = stackalloc byte[FileHeader.Bytes];
            bytes.Clear();
            header.Write(bytes);
            disk.Write(file, bytes, 0);
            disk.Flush(file);
            disk.Publish(temporary, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static byte[] Read(SafeFileHandle file, long from, long to)
    {
        var bytes = new byte[to - from];
        for (var read = 0; read < bytes.Length;)
        {
            var count = RandomAccess.Read(file, bytes.AsSpan(read), from + read);
            read += count > 0 ? count : throw new EndOfStreamException("The journal became shorter while it was read.");
        }

        return bytes;
    }

    private static int WriteEmpty(
        IJournalDisk disk, SafeFileHandle file, FrameKind kind, uint saltState, long offset, long lsn, long sequence)
    {
        Span<byte> frame = stackalloc byte[FrameHeader.Bytes];
        FrameHeader.Write(frame, kind, FrameHeader.Bytes, lsn, sequence, keyBytes: 0);
        FrameHeader.Seal(frame, saltState, offset);
        disk.Write(file, frame, offset);
        return FrameHeader.Bytes;
    }

    private static ulong Salt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}

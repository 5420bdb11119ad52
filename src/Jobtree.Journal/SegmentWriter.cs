using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>Writes frames to the end of the last segment, and begins the next one. Used by one thread.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly JournalFolder _folder;
    private readonly JournalOptions _options;
    private readonly IJournalDisk _disk;
    private SafeFileHandle _file;
    private uint _saltState;
    private long _offset;

    private SegmentWriter(JournalFolder folder, JournalOptions options, IJournalDisk disk, SafeFileHandle file,
        FileHeader header, long offset)
    {
        (_folder, _options, _disk) = (folder, options, disk);
        (_file, Header, _offset) = (file, header, offset);
        _saltState = header.SaltState;
    }

    /// <summary>The header of the segment being written.</summary>
    public FileHeader Header { get; private set; }

    /// <summary>Begins a journal.</summary>
    public static SegmentWriter Create(JournalFolder folder, JournalOptions options, IJournalDisk disk)
    {
        var header = new FileHeader(false, 1, 1, 0, Salt(), Guid.NewGuid());
        return new SegmentWriter(
            folder, options, disk, CreateFile(folder, options, disk, header), header, FileHeader.Bytes);
    }

    /// <summary>
    /// Goes on where a log ended. What was torn is cut off. Names are flushed again, in case the crash came just before
    /// that. The last batch is written once more: if the process before died of a failed flush, the system may show
    /// bytes from memory that never reached the disk, and another flush alone would not write them.
    /// </summary>
    public static SegmentWriter Resume(JournalFolder folder, JournalOptions options, IJournalDisk disk, WalkEnd end)
    {
        if (end.UnsealedPrevious is { } previous)
            Reseal(folder, options, disk, previous, end.Header);
        var file = disk.Open(end.Path, FileMode.Open);
        try
        {
            if (end.Torn is not null)
                disk.SetLength(file, end.Offset);
            var batch = new byte[end.Offset - end.BatchOffset];
            for (var read = 0; read < batch.Length;)
            {
                var count = RandomAccess.Read(file, batch.AsSpan(read), end.BatchOffset + read);
                read += count > 0 ? count : throw new EndOfStreamException(
                    $"{end.Path} became shorter while it was read.");
            }

            disk.Write(file, batch, end.BatchOffset);
            FlushIfDurable(options, disk, file);
            if (options.Durable)
                disk.FlushFolder(folder.Root);
            return new SegmentWriter(folder, options, disk, file, end.Header, end.Offset);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a batch, and returns when it is on the disk.</summary>
    public void Write(Batch batch, long lastLsnBefore)
    {
        if (_offset > FileHeader.Bytes && _offset + batch.Bytes > _options.SegmentBytesMax)
            Roll(lastLsnBefore);
        var frames = batch.Frames;
        for (var at = 0; at < frames.Length;)
        {
            var frame = frames.Slice(at, FrameHeader.FrameBytesAt(frames[at..]));
            FrameHeader.Seal(frame, _saltState, _offset);
            at += frame.Length;
        }

        _disk.Write(_file, frames, _offset);
        FlushIfDurable(_options, _disk, _file);
        _offset += frames.Length;
    }

    /// <summary>
    /// Says that all before is durable. It need not be flushed itself: it is true whether it survives or not.
    /// </summary>
    public void Mark(long lastLsn) =>
        _offset += WriteEmpty(_disk, _file, FrameKind.Mark, _saltState, _offset, lastLsn, 0);

    /// <summary>
    /// Begins the next segment. It exists before the seal says so, and the seal is there before the next has a frame.
    /// </summary>
    public void Roll(long lastLsn)
    {
        var next = new FileHeader(false, Header.Number + 1, lastLsn + 1, _offset, Salt(), Header.Journal);
        var file = CreateFile(_folder, _options, _disk, next);
        try
        {
            WriteEmpty(_disk, _file, FrameKind.Seal, _saltState, _offset, lastLsn, next.Number);
            FlushIfDurable(_options, _disk, _file);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file.Dispose();
        (_file, Header, _offset) = (file, next, FileHeader.Bytes);
        _saltState = next.SaltState;
    }

    /// <summary>Returns when all is on the disk.</summary>
    public void Flush() => FlushIfDurable(_options, _disk, _file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Reseal(
        JournalFolder folder, JournalOptions options, IJournalDisk disk, FileHeader previous, FileHeader last)
    {
        using var file = disk.Open(folder.Segment(previous.Number), FileMode.Open);
        disk.SetLength(file, last.PreviousBytes);
        WriteEmpty(disk, file, FrameKind.Seal, previous.SaltState, last.PreviousBytes, last.FirstLsn - 1, last.Number);
        FlushIfDurable(options, disk, file);
    }

    private static SafeFileHandle CreateFile(
        JournalFolder folder, JournalOptions options, IJournalDisk disk, FileHeader header)
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
            FlushIfDurable(options, disk, file);
            disk.Publish(temporary, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
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

    private static void FlushIfDurable(JournalOptions options, IJournalDisk disk, SafeFileHandle file)
    {
        if (options.Durable)
            disk.Flush(file);
    }

    private static ulong Salt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}

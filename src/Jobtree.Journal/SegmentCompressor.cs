using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Jobtree.Journal;

/// <summary>
/// Compresses segments that no snapshot needs, one after the other on a thread of low priority. At every moment either
/// the segment or its whole compressed form has its name on disk.
/// </summary>
internal sealed partial class SegmentCompressor(JournalFolder folder, IJournalDisk disk, ILogger logger)
{
    private const int BlockBytes = 1 << 20;
    private const int NicenessMax = 19;

    /// <summary>A journal becomes 5.0 times smaller, and with the default of 6 it would 5.4 times for 1.8 times as much
    /// processor.</summary>
    private static readonly ZLibCompressionOptions Compression = new() { CompressionLevel = 3 };

    private readonly Lock gate = new();
    private Task work = Task.CompletedTask;
    private bool isDue;
    private bool isWorking;
    private volatile bool isClosing;

    /// <summary>Begins to compress what older snapshots no longer need; returns at once.</summary>
    public void Begin()
    {
        lock (gate)
        {
            isDue = true;
            if (isWorking || isClosing)
                return;
            isWorking = true;
            work = Task.Factory.StartNew(
                Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>
    /// Begins nothing more. The task completes when nothing is being compressed; a segment that was half done is left
    /// as it was.
    /// </summary>
    public Task Close()
    {
        lock (gate)
        {
            isClosing = true;
            return work;
        }
    }

    private void Work()
    {
        // A thread of its own, which ends with this work. On Linux its priority has no effect, but its niceness has.
        Thread.CurrentThread.Priority = ThreadPriority.Lowest;
        if (OperatingSystem.IsLinux())
            _ = SetPriority(which: 0, who: 0, NicenessMax);
        while (IsWorkLeft())
            CompressAll();
    }

    private bool IsWorkLeft()
    {
        lock (gate)
        {
            isWorking = isDue && !isClosing;
            isDue = false;
            return isWorking;
        }
    }

    private void CompressAll()
    {
        var path = folder.Root;
        try
        {
            if (folder.Snapshots() is not [var oldest, ..])
                return;
            foreach (var number in folder.Segments())
            {
                path = folder.Segment(number);
                if (number < oldest && File.Exists(path))
                    TryCompress(number, path);
            }
        }
        catch (OperationCanceledException)
        {
            // The log is closing; the next one goes on.
        }
        catch (Exception failure)
        {
            // Without space, for example. The log is whole without it; it is tried again after the next snapshot.
            CompressionFailed(logger, path, failure);
        }
    }

    private void TryCompress(long number, string path)
    {
        try
        {
            Compress(number, path);
        }
        catch (JournalDamagedException damage)
        {
            // The others can be compressed all the same.
            CompressionFailed(logger, path, damage);
        }
    }

    private void Compress(long number, string path)
    {
        ThrowUnlessWhole(number, path);
        // There is one if a crash came before the segment was deleted.
        var final = folder.CompressedSegment(number);
        File.Delete(final);
        var temporary = JournalFolder.Temporary(final);
        try
        {
            var (bytes, compressedBytes, checksum) = Write(path, temporary);
            ThrowUnlessEqual(temporary, bytes, checksum);
            disk.Publish(temporary, final);
            File.Delete(path);
            Compressed(logger, path, bytes, compressedBytes);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Reads every frame up to the seal, so that damage is not carried over.</summary>
    private void ThrowUnlessWhole(long number, string path)
    {
        using var window = new FileWindow(path);
        var header = FileHeader.Read(window.At(0, FileHeader.Bytes), path, isSnapshot: false, number);
        var cursor = new SegmentCursor(window, header);
        while (cursor.Next(out _, out _, out _))
            ThrowIfClosing();
        if (!cursor.Sealed)
            throw new JournalDamagedException(path, cursor.Offset, "no whole frame stands here before the seal");
    }

    /// <summary>Writes the compressed segment, and returns when it is on disk.</summary>
    /// <returns>The lengths, and the checksum of the uncompressed bytes.</returns>
    private (long Bytes, long CompressedBytes, uint Checksum) Write(string path, string temporary)
    {
        using var from = new FileWindow(path);
        using var to = disk.Open(temporary, FileMode.Create);
        using var member = new MemoryStream(BlockBytes);
        var blocks = new List<BlockIndex.Block>();
        var (bytes, compressedBytes, state) = (0L, 0L, Crc32C.Seed);
        while (from.At(bytes, BlockBytes) is { IsEmpty: false } block)
        {
            ThrowIfClosing();
            state = Crc32C.Append(state, block);
            member.SetLength(0);
            using (var gzip = new GZipStream(member, Compression, leaveOpen: true))
                gzip.Write(block);
            var compressed = member.GetBuffer().AsSpan(0, (int)member.Length);
            disk.Write(to, compressed, compressedBytes);
            blocks.Add(new BlockIndex.Block(compressedBytes, compressed.Length, BlockIndex.Checksum(compressed)));
            (bytes, compressedBytes) = (bytes + block.Length, compressedBytes + compressed.Length);
        }
        var index = BlockIndex.Write(BlockBytes, bytes, blocks);
        disk.Write(to, index, compressedBytes);
        disk.Flush(to);
        return (bytes, compressedBytes + index.Length, Crc32C.Finish(state));
    }

    private void ThrowUnlessEqual(string temporary, long bytes, uint checksum)
    {
        using var window = new FileWindow(temporary);
        var state = Crc32C.Seed;
        for (var at = 0L; at < window.Length; at += BlockBytes)
        {
            ThrowIfClosing();
            state = Crc32C.Append(state, window.At(at, BlockBytes));
        }
        if (window.Length != bytes || Crc32C.Finish(state) != checksum)
            throw new IOException($"{temporary} does not read back as it was written.");
    }

    private void ThrowIfClosing()
    {
        if (isClosing)
            throw new OperationCanceledException();
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int niceness);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Compressed {Segment}, which no snapshot needs any more, from {Bytes} to {CompressedBytes} bytes.")]
    private static partial void Compressed(ILogger logger, string segment, long bytes, long compressedBytes);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Segment} could not be compressed; it stays as it is until after the next snapshot.")]
    private static partial void CompressionFailed(ILogger logger, string segment, Exception failure);
}

using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// A snapshot being written, by one thread at a time. It is valid only once <see cref="Commit"/> has returned;
/// disposing it earlier removes it. The caller reports failures here; the log itself continues.
/// </summary>
public sealed class JournalSnapshot : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int SnapshotsKept = 2;
    private readonly JournalLog log;
    private readonly JournalFolder folder;
    private readonly IJournalDisk disk;
    private readonly FileHeader header;
    private readonly uint saltState;
    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly byte[] buffer = new byte[BufferBytes];
    private int buffered;
    private long written;
    private bool done;

    internal JournalSnapshot(JournalLog log, JournalFolder folder, IJournalDisk disk, FileHeader header)
    {
        (this.log, this.folder, this.disk, this.header) = (log, folder, disk, header);
        saltState = header.SaltState;
        path = folder.Snapshot(header.Number);
        file = disk.Open(JournalFolder.Temporary(path), FileMode.Create);
        header.Write(buffer);
        buffered = FileHeader.Bytes;
    }

    /// <summary>States added.</summary>
    public long Actors { get; private set; }

    /// <summary>The number of the first record that recovery reads after this snapshot.</summary>
    public long FirstLsn => header.FirstLsn;

    /// <summary>
    /// Adds the state of an actor. Every actor that has ever appended a record, and is not forgotten, must be added
    /// exactly once.
    /// </summary>
    /// <param name="actor">The actor's key.</param>
    /// <param name="sequence">The sequence number of the actor's last record that the state includes; 0 for
    /// none.</param>
    /// <param name="state">The state, at most 1 GiB; it may be empty.</param>
    /// <exception cref="ArgumentException">The key, the sequence number or the state is not allowed.</exception>
    /// <exception cref="IOException">The disk refused the write.</exception>
    public void Add(string actor, long sequence, ReadOnlySpan<byte> state)
    {
        ObjectDisposedException.ThrowIf(done, this);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        if (state.Length > FrameHeader.StateBytesLimit)
            throw new ArgumentException(
                $"The state of {actor} has {state.Length} bytes; at most {FrameHeader.StateBytesLimit} are allowed.",
                nameof(state));
        Frame(FrameKind.State, JournalKey.Count(actor), actor, sequence, state);
        Actors++;
    }

    /// <summary>
    /// Completes the snapshot: waits until every record that the states may include is durable, gives the file its
    /// final name, removes all but the last two snapshots, and begins to compress the segments before them.
    /// </summary>
    /// <param name="cancellation">Cancels the wait for the log and thus the snapshot.</param>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    /// <exception cref="IOException">The disk refused the write.</exception>
    public async ValueTask Commit(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(done, this);
        log.ThrowIfClosed();
        var lsn = log.LastLsn;
        await log.WaitDurable(lsn, cancellation).ConfigureAwait(false);
        Frame(FrameKind.End, 0, "", lsn, []);
        Drain();
        disk.Flush(file);
        file.Dispose();
        disk.Publish(JournalFolder.Temporary(path), path);
        done = true;
        log.SnapshotClosed();
        foreach (var old in folder.Snapshots().SkipLast(SnapshotsKept))
            File.Delete(folder.Snapshot(old));
        log.CompressSegments();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (done)
            return;
        done = true;
        file.Dispose();
        File.Delete(JournalFolder.Temporary(path));
        log.SnapshotClosed();
    }

    private void Frame(FrameKind kind, int keyBytes, string actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (BufferBytes - buffered < FrameHeader.Bytes + keyBytes)
            Drain();
        var frame = buffer.AsSpan(buffered, FrameHeader.Bytes + keyBytes);
        frame.Clear();
        FrameHeader.Write(frame, kind, frame.Length + state.Length, Actors + 1, sequence, keyBytes);
        Encoding.UTF8.GetBytes(actor, frame[FrameHeader.Bytes..]);
        FrameHeader.Seal(frame, frame[FrameHeader.Bytes..], state, saltState, FileHeader.Bytes);
        buffered += frame.Length;
        if (state.Length > BufferBytes - buffered)
            Drain();
        if (state.Length > BufferBytes)
        {
            disk.Write(file, state, written);
            written += state.Length;
            return;
        }

        state.CopyTo(buffer.AsSpan(buffered));
        buffered += state.Length;
    }

    private void Drain()
    {
        disk.Write(file, buffer.AsSpan(0, buffered), written);
        written += buffered;
        buffered = 0;
    }
}

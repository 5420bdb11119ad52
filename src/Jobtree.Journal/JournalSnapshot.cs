using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// A snapshot being written, by one thread at a time. It counts only once <see cref="Commit"/> has returned; disposed
/// before that, it leaves no trace. A failure here is the caller's to report: the log itself goes on.
/// </summary>
public sealed class JournalSnapshot : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int SnapshotsKept = 2;
    private readonly JournalLog _log;
    private readonly JournalFolder _folder;
    private readonly IJournalDisk _disk;
    private readonly FileHeader _header;
    private readonly uint _saltState;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _buffered;
    private long _written;
    private bool _done;

    internal JournalSnapshot(JournalLog log, JournalFolder folder, IJournalDisk disk, FileHeader header)
    {
        (_log, _folder, _disk, _header) = (log, folder, disk, header);
        _saltState = header.SaltState;
        _path = folder.Snapshot(header.Number);
        _file = disk.Open(JournalFolder.Temporary(_path), FileMode.Create);
        header.Write(_buffer);
        _buffered = FileHeader.Bytes;
    }

    /// <summary>States added.</summary>
    public long Actors { get; private set; }

    /// <summary>The number of the first record that recovery reads after this snapshot.</summary>
    public long FirstLsn => _header.FirstLsn;

    /// <summary>Adds the state of an actor. Every actor that has ever appended a record is added, and once.</summary>
    /// <param name="actor">The actor's key.</param>
    /// <param name="sequence">The last of its records that the state includes; 0 for none.</param>
    /// <param name="state">The state, at most 1 GiB; it may be empty.</param>
    /// <exception cref="ArgumentException">The key, the number or the state is not allowed.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Add(string actor, long sequence, ReadOnlySpan<byte> state)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        if (state.Length > FrameHeader.StateBytesLimit)
            throw new ArgumentException(
                $"The state of {actor} has {state.Length} bytes; at most {FrameHeader.StateBytesLimit} are allowed.",
                nameof(state));
        Frame(FrameKind.State, JournalKey.Count(actor), actor, sequence, state);
        Actors++;
    }

    /// <summary>
    /// Completes the snapshot: waits until every record that the states may include is durable, then gives the file its
    /// name, and removes snapshots older than the last two.
    /// </summary>
    /// <param name="cancellation">Ends the wait for the log, and so the snapshot.</param>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async ValueTask Commit(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        _log.ThrowIfClosed();
        var lsn = _log.LastLsn;
        await _log.WaitDurable(lsn, cancellation).ConfigureAwait(false);
        Frame(FrameKind.End, 0, "", lsn, []);
        Drain();
        _disk.Flush(_file);
        _file.Dispose();
        _disk.Publish(JournalFolder.Temporary(_path), _path);
        _done = true;
        _log.SnapshotClosed();
        foreach (var old in _folder.Snapshots().SkipLast(SnapshotsKept))
            File.Delete(_folder.Snapshot(old));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_done)
            return;
        _done = true;
        _file.Dispose();
        File.Delete(JournalFolder.Temporary(_path));
        _log.SnapshotClosed();
    }

    private void Frame(FrameKind kind, int keyBytes, string actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (BufferBytes - _buffered < FrameHeader.Bytes + keyBytes)
            Drain();
        var frame = _buffer.AsSpan(_buffered, FrameHeader.Bytes + keyBytes);
        frame.Clear();
        FrameHeader.Write(frame, kind, frame.Length + state.Length, Actors + 1, sequence, keyBytes);
        Encoding.UTF8.GetBytes(actor, frame[FrameHeader.Bytes..]);
        FrameHeader.Seal(frame, frame[FrameHeader.Bytes..], state, _saltState, FileHeader.Bytes);
        _buffered += frame.Length;
        if (state.Length > BufferBytes - _buffered)
            Drain();
        if (state.Length > BufferBytes)
        {
            _disk.Write(_file, state, _written);
            _written += state.Length;
            return;
        }

        state.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += state.Length;
    }

    private void Drain()
    {
        _disk.Write(_file, _buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
    }
}

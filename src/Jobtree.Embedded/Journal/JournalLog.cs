using System.Text;

namespace Jobtree.Embedded.Journal;

/// <summary>
/// The append-only log that holds the journals of all actors of one host in one stream. Appends copy into a buffer; one thread
/// writes what has gathered, flushes it once, and then tells all who wait for it (group commit). All members may be used from
/// any thread. The sequence numbers of an actor are its own to keep: 1, 2, 3 and so on, for good; recovery verifies them.
/// </summary>
public sealed class JournalLog : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly JournalFolder _folder;
    private readonly JournalOptions _options;
    private readonly IJournalDisk _disk;
    private readonly TimeProvider _time;
    private readonly JournalLock _lock;
    private readonly SegmentWriter _segment;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Batch _pending = new();
    private Batch _writing = new();
    private TaskCompletionSource<FileHeader>? _rolling;
    private bool _snapshotOpen;
    private JournalFailedException? _failure;
    private long _lastLsn;
    private long _durableLsn;
    private int _appendsBlocked;
    private bool _idle;
    private bool _closing;
    private bool _markDue;
    private JournalStatistics _statistics;

    private JournalLog(JournalOptions options, JournalFolder folder, IJournalDisk disk, TimeProvider time, JournalLock held, RecoveredLog recovered)
    {
        (_options, _folder, _disk, _time, _lock) = (options, folder, disk, time, held);
        Recovery = recovered.Report;
        _segment = recovered.End is { } end
            ? SegmentWriter.Resume(folder, options, disk, end)
            : SegmentWriter.Create(folder, options, disk);
        _lastLsn = _durableLsn = recovered.Report.LastLsn;
        _markDue = recovered.End is { Marked: false } && _lastLsn >= recovered.End.Header.FirstLsn;
        _statistics = new JournalStatistics(0, 0, 0, TimeSpan.Zero, 0, _segment.Header.Number, 0);
        new Thread(Write) { Name = "journal", IsBackground = true }.Start();
    }

    /// <summary>What opening it found.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>The number of the last record appended; 0 for none.</summary>
    public long LastLsn => Volatile.Read(ref _lastLsn);

    /// <summary>The number of the last record that is durable; 0 for none.</summary>
    public long DurableLsn => Volatile.Read(ref _durableLsn);

    /// <summary>Why the log takes no more; null while it does.</summary>
    public JournalFailedException? Failure => Volatile.Read(ref _failure);

    /// <summary>Counters since it was opened.</summary>
    public JournalStatistics Statistics
    {
        get
        {
            lock (_gate)
                return _statistics with { BytesBuffered = _pending.Bytes };
        }
    }

    /// <summary>Opens a journal, or begins one; returns when all it holds has been handed over and can be appended to.</summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="reader">Receives what it holds.</param>
    /// <param name="time">The clock for the counters and the lock; the system's if not given.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JournalLockedException">Somebody has it open.</exception>
    /// <exception cref="JournalDamagedException">It is damaged; nothing was changed.</exception>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    public static JournalLog Open(
        JournalOptions options, IJournalReader reader, TimeProvider? time = null, CancellationToken cancellation = default) =>
        Open(options, reader, new JournalDisk(), time ?? TimeProvider.System, cancellation);

    internal static JournalLog Open(
        JournalOptions options, IJournalReader reader, IJournalDisk disk, TimeProvider time, CancellationToken cancellation)
    {
        options.Validate();
        var folder = new JournalFolder(options.Folder);
        folder.Create();
        var held = JournalLock.Take(folder, time);
        try
        {
            return new JournalLog(options, folder, disk, time, held, JournalRecovery.Read(folder, options, reader, cancellation));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Appends a record and returns its number in the log. It is not durable yet: see <see cref="WaitDurable"/>. Does not wait for the
    /// disk, unless more than <see cref="JournalOptions.BufferBytesMax"/> are waiting to be written.
    /// </summary>
    /// <param name="actor">The actor's key: 1 to 512 bytes in UTF-8.</param>
    /// <param name="sequence">One more than that of the actor's last record; 1 for its first.</param>
    /// <param name="payload">The record, which is copied.</param>
    /// <exception cref="JournalFailedException">The log failed, and the record is not in it.</exception>
    /// <exception cref="ArgumentException">The key, the sequence or the length is not allowed.</exception>
    public long Append(string actor, long sequence, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (payload.Length > _options.PayloadBytesMax)
            throw new ArgumentException($"A record of {actor} has {payload.Length} bytes; at most {_options.PayloadBytesMax} are allowed.", nameof(payload));
        var keyBytes = ActorKey.Count(actor);
        var frameBytes = FrameHeader.Bytes + keyBytes + payload.Length;
        lock (_gate)
        {
            ThrowIfClosed();
            if (_pending.Bytes + frameBytes > _options.BufferBytesMax)
                WaitForRoom(frameBytes);
            var lsn = _lastLsn + 1;
            var frame = _pending.Add(frameBytes, lsn);
            FrameHeader.Write(frame, FrameKind.Record, frameBytes, lsn, sequence, keyBytes);
            Encoding.UTF8.GetBytes(actor, frame[FrameHeader.Bytes..]);
            payload.CopyTo(frame[(FrameHeader.Bytes + keyBytes)..]);
            Volatile.Write(ref _lastLsn, lsn);
            WakeWriter();
            return lsn;
        }
    }

    /// <summary>Waits until a record, and so every record before it, is durable.</summary>
    /// <param name="lsn">What <see cref="Append"/> returned.</param>
    /// <param name="cancellation">Ends the wait; the record stays in the log.</param>
    /// <exception cref="JournalFailedException">The log failed before the record was durable.</exception>
    public ValueTask WaitDurable(long lsn, CancellationToken cancellation = default)
    {
        if (lsn <= DurableLsn)
            return ValueTask.CompletedTask;
        Task task;
        lock (_gate)
        {
            if (lsn <= _durableLsn)
                return ValueTask.CompletedTask;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(lsn, _lastLsn);
            if (_failure is not null)
                return ValueTask.FromException(_failure);
            task = (lsn <= _writing.LastLsn ? _writing : _pending).Wait();
        }

        return new ValueTask(cancellation.CanBeCanceled ? task.WaitAsync(cancellation) : task);
    }

    /// <summary>
    /// Begins a snapshot: the log goes on in a new segment. States that are captured after this returns, each between two records
    /// of its actor and not between an append and the change it stands for, together cover every record before that segment.
    /// </summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">A snapshot is being written already.</exception>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    public async ValueTask<JournalSnapshot> BeginSnapshot(CancellationToken cancellation = default)
    {
        Task<FileHeader> rolled;
        lock (_gate)
        {
            ThrowIfClosed();
            if (_snapshotOpen)
                throw new InvalidOperationException("A snapshot of this journal is being written already.");
            _snapshotOpen = true;
            _rolling = new TaskCompletionSource<FileHeader>(TaskCreationOptions.RunContinuationsAsynchronously);
            rolled = _rolling.Task;
            WakeWriter();
        }

        try
        {
            // Not abandoned half-way: whether the caller still wants the snapshot is asked when the segment is there.
            var segment = await rolled.ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return new JournalSnapshot(this, _folder, _disk, segment with { IsSnapshot = true, PreviousBytes = 0 });
        }
        catch
        {
            SnapshotClosed();
            throw;
        }
    }

    /// <summary>Writes what was appended, and closes the files. Appends after this are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }

        await _stopped.Task.ConfigureAwait(false);
        _segment.Dispose();
        _lock.Dispose();
    }

    internal void SnapshotClosed()
    {
        lock (_gate)
            _snapshotOpen = false;
    }

    private void ThrowIfClosed()
    {
        if (_failure is not null)
            throw new JournalFailedException(_folder.Root, _failure.InnerException!);
        ObjectDisposedException.ThrowIf(_closing, this);
    }

    private void WaitForRoom(int frameBytes)
    {
        _statistics = _statistics with { AppendsDelayed = _statistics.AppendsDelayed + 1 };
        _appendsBlocked++;
        try
        {
            while (_pending.Bytes + frameBytes > _options.BufferBytesMax)
            {
                Monitor.Wait(_gate);
                ThrowIfClosed();
            }
        }
        finally
        {
            _appendsBlocked--;
        }
    }

    private void WakeWriter()
    {
        if (!_idle)
            return;
        _idle = false;
        Monitor.PulseAll(_gate);
    }

    private void Write()
    {
        try
        {
            while (NextStep() is { } step)
                step();
            _segment.Flush();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    /// <summary>What the writer does next, waiting for it if need be; null when the log is closed and all is written.</summary>
    private Action? NextStep()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_pending.Bytes > 0)
                {
                    (_pending, _writing) = (_writing, _pending);
                    if (_appendsBlocked > 0)
                        Monitor.PulseAll(_gate);
                    return WriteBatch;
                }

                if (_rolling is not null)
                    return Roll;
                if (_markDue)
                    return Mark;
                if (_closing)
                    return null;
                _idle = true;
                Monitor.Wait(_gate);
                _idle = false;
            }
        }
    }

    private void WriteBatch()
    {
        var began = _time.GetTimestamp();
        _segment.Write(_writing, DurableLsn);
        var took = _time.GetElapsedTime(began);
        TaskCompletionSource? durable;
        lock (_gate)
        {
            durable = _writing.Durable;
            _statistics = _statistics with
            {
                Records = _statistics.Records + _writing.Records,
                Batches = _statistics.Batches + 1,
                Bytes = _statistics.Bytes + _writing.Bytes,
                Writing = _statistics.Writing + took,
                Segment = _segment.Header.Number,
            };
            Volatile.Write(ref _durableLsn, _writing.LastLsn);
            _writing.Clear();
            _markDue = true;
        }

        durable?.SetResult();
    }

    private void Roll()
    {
        _segment.Roll(DurableLsn);
        TaskCompletionSource<FileHeader> rolling;
        lock (_gate)
        {
            rolling = _rolling!;
            _rolling = null;
            _markDue = false;
            _statistics = _statistics with { Segment = _segment.Header.Number };
        }

        rolling.SetResult(_segment.Header);
    }

    private void Mark()
    {
        _segment.Mark(DurableLsn);
        _markDue = false;
    }

    private void Fail(Exception exception)
    {
        var failure = new JournalFailedException(_folder.Root, exception);
        lock (_gate)
        {
            _failure = failure;
            Monitor.PulseAll(_gate);
        }

        // Nobody can begin to wait any more, so these are all who do.
        _writing.Durable?.SetException(failure);
        _pending.Durable?.SetException(failure);
        _rolling?.SetException(failure);
    }
}

namespace Jobtree.Journal;

/// <summary>
/// Gathers records in one of two buffers while a thread of its own writes and flushes the other. Whoever waits for a
/// record shares one task with all who wait for the same batch. After a failure it takes nothing more.
/// </summary>
/// <remarks>
/// A flush costs the processor as much for one record as for a thousand. So the thread gathers for a moment before the
/// next one while many append; one who appends alone is never waited with.
/// </remarks>
internal sealed class GroupCommit
{
    /// <summary>A batch with so many records is not of one caller.</summary>
    private const int BusyRecordsMin = 16;

    /// <summary>So many records are worth a flush at once.</summary>
    private const int GatheredRecordsMax = 1024;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private readonly SegmentWriter _segment;
    private readonly JournalOptions _options;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Batch _pending = new();
    private Batch _writing = new();
    private TaskCompletionSource<FileHeader>? _rolling;
    private JournalFailedException? _failure;
    private long _lastLsn;
    private long _durableLsn;
    private int _appendsBlocked;
    private bool _idle;
    private bool _busy;
    private bool _gathering;
    private bool _closing;
    private bool _markDue;
    private JournalStatistics _statistics;

    /// <summary>Begins to write behind a record that is durable, with a mark first if one is missing.</summary>
    public GroupCommit(SegmentWriter segment, JournalOptions options, string folder, TimeProvider time, long lastLsn,
        bool markDue)
    {
        (_segment, _options, _folder, _time) = (segment, options, folder, time);
        _lastLsn = _durableLsn = lastLsn;
        _markDue = markDue;
        _statistics = new JournalStatistics(0, 0, 0, TimeSpan.Zero, 0, segment.Header.Number, 0);
        new Thread(Write) { Name = "journal", IsBackground = true }.Start();
    }

    /// <summary>The number of the last record appended.</summary>
    public long LastLsn => Volatile.Read(ref _lastLsn);

    /// <summary>The number of the last record that is durable.</summary>
    public long DurableLsn => Volatile.Read(ref _durableLsn);

    /// <summary>Why nothing more is taken; null while it is.</summary>
    public JournalFailedException? Failure => Volatile.Read(ref _failure);

    /// <summary>Counters since the beginning.</summary>
    public JournalStatistics Statistics
    {
        get
        {
            lock (_gate)
                return _statistics with { BytesBuffered = _pending.Bytes };
        }
    }

    /// <summary>Appends a record whose arguments have been checked.</summary>
    public long Append(ReadOnlySpan<byte> actor, long sequence, ReadOnlySpan<byte> payload)
    {
        var frameBytes = FrameHeader.Bytes + actor.Length + payload.Length;
        lock (_gate)
        {
            ThrowIfClosed();
            if (_pending.Bytes + frameBytes > _options.BufferBytesMax)
                WaitForRoom(frameBytes);
            var lsn = _lastLsn + 1;
            var frame = _pending.Add(frameBytes, lsn);
            FrameHeader.Write(frame, FrameKind.Record, frameBytes, lsn, sequence, actor.Length);
            actor.CopyTo(frame[FrameHeader.Bytes..]);
            payload.CopyTo(frame[(FrameHeader.Bytes + actor.Length)..]);
            Volatile.Write(ref _lastLsn, lsn);
            if (_gathering && _pending.Records >= GatheredRecordsMax)
                EndGathering();
            WakeWriter();
            return lsn;
        }
    }

    /// <summary>Waits until a record is durable.</summary>
    public ValueTask WaitDurable(long lsn, CancellationToken cancellation)
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
            task = (lsn <= _writing.LastLsn ? _writing : _pending).WhenDurable();
        }

        return new ValueTask(cancellation.CanBeCanceled ? task.WaitAsync(cancellation) : task);
    }

    /// <summary>Writes what has been appended and begins the next segment; one caller at a time.</summary>
    public Task<FileHeader> Roll()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            _rolling = new TaskCompletionSource<FileHeader>(TaskCreationOptions.RunContinuationsAsynchronously);
            EndGathering();
            WakeWriter();
            return _rolling.Task;
        }
    }

    /// <summary>Writes what has been appended, and ends.</summary>
    public Task Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }

        return _stopped.Task;
    }

    /// <summary>Refuses when nothing more is taken.</summary>
    public void ThrowIfClosed()
    {
        if (_failure is not null)
            throw new JournalFailedException(_folder, _failure.InnerException!);
        ObjectDisposedException.ThrowIf(_closing, typeof(JournalLog));
    }

    private void WaitForRoom(int frameBytes)
    {
        _statistics = _statistics with { AppendsDelayed = _statistics.AppendsDelayed + 1 };
        _appendsBlocked++;
        EndGathering();
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

    private void EndGathering()
    {
        if (!_gathering)
            return;
        _gathering = false;
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

    /// <summary>
    /// What the writer does next, waiting for it if need be; null when the log is closed and all is written.
    /// </summary>
    private Action? NextStep()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_pending.Bytes > 0)
                {
                    if (_busy)
                        GatherMore();
                    (_pending, _writing) = (_writing, _pending);
                    if (_appendsBlocked > 0)
                        Monitor.PulseAll(_gate);
                    return WriteBatch;
                }

                if (_rolling is not null)
                    return RollSegment;
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

    private void GatherMore()
    {
        if (_closing || _rolling is not null || _appendsBlocked > 0 || _pending.Records >= GatheredRecordsMax)
            return;
        _gathering = true;
        Monitor.Wait(_gate, Gather);
        _gathering = false;
    }

    private void WriteBatch()
    {
        var began = _time.GetTimestamp();
        var records = _writing.Records;
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
            _busy = records >= BusyRecordsMin;
            _writing.Clear();
            _markDue = true;
        }

        durable?.SetResult();
        _options.BatchWritten?.Invoke(took, records);
    }

    private void RollSegment()
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
        var failure = new JournalFailedException(_folder, exception);
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

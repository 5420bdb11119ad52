using Jobtree.Core;
using Microsoft.Extensions.Logging;

namespace Jobtree.Journal;

/// <summary>
/// Group commit. Appends fill one buffer while a dedicated thread writes and flushes the other. All waiters of a batch
/// share one task. Appending never blocks: when the buffer is full, the caller gets a task to await. After the first
/// failed write or flush, no more appends are accepted.
/// </summary>
/// <remarks>
/// The state obeys <c>durable &lt;= appended</c>. Both numbers only grow, and every record between them is in one of
/// the two buffers. Only the writing thread touches the files.
/// </remarks>
internal sealed partial class GroupCommit
{
    /// <summary>A batch of at least this many records has more than one caller.</summary>
    private const int BusyRecordsMin = 16;

    /// <summary>A batch of this many records is flushed without further delay.</summary>
    private const int GatheredRecordsMax = 1024;

    /// <summary>The buffer refuses records beyond this many times the size at which it asks callers to wait.</summary>
    private const int RefusedAtTimes = 4;

    /// <summary>
    /// After a large batch, the next one gathers for this long, because a flush costs as much for one record as for a
    /// thousand. A caller that appends alone never waits for that.
    /// </summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(1);

    private readonly object gate = new();
    private readonly SegmentWriter segment;
    private readonly JournalOptions options;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JournalFailedException> failed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Batch pending = new();
    private Batch writing = new();
    private TaskCompletionSource? room;
    private TaskCompletionSource<FileHeader>? rolling;
    private JournalFailedException? failure;
    private JournalStatistics statistics;
    private long lastLsn;
    private long durableLsn;
    private bool isWriterWaiting;
    private bool isBusy;
    private bool isClosing;
    private bool isMarkDue;
    private bool isObserverBroken;
    private volatile bool isFull;

    /// <summary>Starts writing after the last durable record, with a mark first if it is missing.</summary>
    public GroupCommit(
        SegmentWriter segment, JournalOptions options, TimeProvider time, long lastLsn, bool isMarkDue)
    {
        (this.segment, this.options, this.time, this.isMarkDue) = (segment, options, time, isMarkDue);
        this.lastLsn = durableLsn = lastLsn;
        statistics = new JournalStatistics(0, 0, 0, TimeSpan.Zero, 0, segment.Header.Number, 0);
        writer = new Thread(Write) { Name = "journal", IsBackground = true };
        writer.Start();
    }

    /// <summary>The sequence number of the last appended record.</summary>
    public long LastLsn => Volatile.Read(ref lastLsn);

    /// <summary>The sequence number of the last durable record.</summary>
    public long DurableLsn => Volatile.Read(ref durableLsn);

    /// <summary>Why the log failed; null while it accepts appends.</summary>
    public JournalFailedException? Failure => Volatile.Read(ref failure);

    /// <summary>Completes with the reason when the log fails.</summary>
    public Task<JournalFailedException> Failed => failed.Task;

    /// <summary>Counters since the log was opened.</summary>
    public JournalStatistics Statistics
    {
        get
        {
            lock (gate)
                return statistics with { BytesBuffered = pending.Bytes };
        }
    }

    /// <summary>Appends a frame whose arguments have been checked.</summary>
    /// <exception cref="JournalFailedException">The log failed; the record is not in it.</exception>
    /// <exception cref="JournalFullException">The buffer is full; the record is not in the log.</exception>
    public long Append(FrameKind kind, ReadOnlySpan<byte> actor, long sequence, ReadOnlySpan<byte> payload)
    {
        var frameBytes = FrameHeader.Bytes + actor.Length + payload.Length;
        lock (gate)
        {
            ThrowIfClosed();
            if (pending.Bytes + frameBytes > (long)options.BufferBytesMax * RefusedAtTimes)
                throw new JournalFullException(pending.Bytes);
            var lsn = lastLsn + 1;
            Invariant.Holds(pending.Records == 0 || pending.LastLsn == lsn - 1, "Records enter a batch without a gap.");
            var frame = pending.Add(frameBytes, lsn);
            FrameHeader.Write(frame, kind, frameBytes, lsn, sequence, actor.Length);
            actor.CopyTo(frame[FrameHeader.Bytes..]);
            payload.CopyTo(frame[(FrameHeader.Bytes + actor.Length)..]);
            Volatile.Write(ref lastLsn, lsn);
            isFull = pending.Bytes > options.BufferBytesMax;
            // A waiting writer is woken for the first record; a gathering writer is not woken for each.
            if (isWriterWaiting || IsGatheringOver)
                WakeWriter();
            return lsn;
        }
    }

    /// <summary>
    /// Completed while less than <see cref="JournalOptions.BufferBytesMax"/> is waiting to be written. Callers that
    /// await it after each append bound the buffer.
    /// </summary>
    public Task WhenRoom()
    {
        if (!isFull && Failure is null)
            return Task.CompletedTask;
        lock (gate)
        {
            if (failure is not null)
                return Task.FromException(failure);
            if (!isFull)
                return Task.CompletedTask;
            statistics = statistics with { AppendsDelayed = statistics.AppendsDelayed + 1 };
            room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            WakeWriter();
            return room.Task;
        }
    }

    /// <summary>Waits until a record is durable.</summary>
    public ValueTask WaitDurable(long lsn, CancellationToken cancellation)
    {
        if (lsn <= DurableLsn)
            return ValueTask.CompletedTask;
        Task task;
        lock (gate)
        {
            if (lsn <= durableLsn)
                return ValueTask.CompletedTask;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(lsn, lastLsn);
            if (failure is not null)
                return ValueTask.FromException(failure);
            task = (lsn <= writing.LastLsn ? writing : pending).WhenDurable();
        }

        return new ValueTask(cancellation.CanBeCanceled ? task.WaitAsync(cancellation) : task);
    }

    /// <summary>Writes all appended records and begins the next segment; one caller at a time.</summary>
    public Task<FileHeader> Roll()
    {
        lock (gate)
        {
            ThrowIfClosed();
            Invariant.Holds(rolling is null, "One snapshot is begun at a time.");
            rolling = new TaskCompletionSource<FileHeader>(TaskCreationOptions.RunContinuationsAsynchronously);
            WakeWriter();
            return rolling.Task;
        }
    }

    /// <summary>Writes all appended records and ends.</summary>
    public Task Close()
    {
        lock (gate)
        {
            isClosing = true;
            WakeWriter();
        }

        return ended.Task;
    }

    /// <summary>Throws if the log accepts no more appends.</summary>
    public void ThrowIfClosed()
    {
        if (Failure is { } reason)
            throw new JournalFailedException(options.Folder, reason.InnerException!);
        ObjectDisposedException.ThrowIf(isClosing, typeof(JournalLog));
    }

    /// <summary>Whether the gathering batch is written now rather than a moment later.</summary>
    private bool IsGatheringOver =>
        isClosing || rolling is not null || room is not null || pending.Records >= GatheredRecordsMax;

    private void WakeWriter() => Monitor.Pulse(gate);

    private void Write()
    {
        try
        {
            while (NextStep() is { } step)
                step();
            segment.Flush();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            ended.SetResult();
        }
    }

    /// <summary>
    /// Waits for and returns the writer's next step; null when the log is closed and everything is written.
    /// </summary>
    private Action? NextStep()
    {
        Invariant.Holds(Thread.CurrentThread == writer, "One thread writes.");
        lock (gate)
        {
            while (true)
            {
                if (pending.Records > 0)
                {
                    GatherMore();
                    TakeBatch();
                    return WriteBatch;
                }

                if (rolling is not null)
                    return RollSegment;
                if (isMarkDue)
                    return Mark;
                if (isClosing)
                    return null;
                isWriterWaiting = true;
                Monitor.Wait(gate);
                isWriterWaiting = false;
            }
        }
    }

    private void GatherMore()
    {
        var began = time.GetTimestamp();
        for (var left = Gather; isBusy && !IsGatheringOver && left > TimeSpan.Zero;)
        {
            Monitor.Wait(gate, left);
            left = Gather - time.GetElapsedTime(began);
        }
    }

    private void TakeBatch()
    {
        Invariant.Holds(writing.Records == 0, "The batch before is written.");
        (pending, writing) = (writing, pending);
        isFull = false;
        room?.SetResult();
        room = null;
    }

    private void WriteBatch()
    {
        var began = time.GetTimestamp();
        segment.Write(writing, DurableLsn);
        var took = time.GetElapsedTime(began);
        var records = writing.Records;
        TaskCompletionSource? durable;
        lock (gate)
        {
            Invariant.Holds(durableLsn + records == writing.LastLsn, "A batch continues what is durable.");
            Invariant.Holds(writing.LastLsn <= lastLsn, "Nothing is durable that was not appended.");
            durable = writing.Durable;
            statistics = statistics with
            {
                Records = statistics.Records + records,
                Batches = statistics.Batches + 1,
                Bytes = statistics.Bytes + writing.Bytes,
                Writing = statistics.Writing + took,
                Segment = segment.Header.Number,
            };
            Volatile.Write(ref durableLsn, writing.LastLsn);
            isBusy = records >= BusyRecordsMin;
            writing.Clear(options.BufferBytesMax);
            isMarkDue = true;
        }

        durable?.SetResult();
        Observe(took, records);
    }

    private void RollSegment()
    {
        segment.Roll(DurableLsn);
        TaskCompletionSource<FileHeader> rolled;
        lock (gate)
        {
            rolled = rolling!;
            rolling = null;
            isMarkDue = false;
            statistics = statistics with { Segment = segment.Header.Number };
        }

        rolled.SetResult(segment.Header);
    }

    private void Mark()
    {
        segment.Mark(DurableLsn);
        isMarkDue = false;
    }

    /// <summary>
    /// Notifies the observer of a batch. An observer that throws is not called again, because it must not end the
    /// journal.
    /// </summary>
    private void Observe(TimeSpan took, int records)
    {
        if (isObserverBroken)
            return;
        try
        {
            options.BatchWritten?.Invoke(took, records);
        }
        catch (Exception broken)
        {
            isObserverBroken = true;
            LogObserverBroken(options.Logger, broken);
        }
    }

    private void Fail(Exception exception)
    {
        var reason = new JournalFailedException(options.Folder, exception);
        TaskCompletionSource? waiting;
        lock (gate)
        {
            Volatile.Write(ref failure, reason);
            (waiting, room) = (room, null);
        }

        // Nobody can start waiting any more, so this list of waiters is complete.
        LogFailed(options.Logger, reason.Message);
        waiting?.SetException(reason);
        writing.Durable?.SetException(reason);
        pending.Durable?.SetException(reason);
        rolling?.SetException(reason);
        failed.SetResult(reason);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason} Nothing more is decided or answered.")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "What observes the journal's batches failed; it is told of no more. The journal goes on.")]
    private static partial void LogObserverBroken(ILogger logger, Exception failure);
}

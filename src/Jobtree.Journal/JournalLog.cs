namespace Jobtree.Journal;

/// <summary>
/// The append-only log that holds the journals of all actors of a host in one stream. Appends copy into a buffer. One
/// thread writes the buffered records, flushes them once and completes all their waiters (group commit). All members
/// are thread-safe. Each actor assigns its own sequence numbers: 1, 2, 3 and so on, never reused, even if the actor is
/// created again under the same key. Recovery verifies them. An actor whose state is kept elsewhere can be forgotten,
/// and restored before its next record.
/// </summary>
public sealed class JournalLog : IAsyncDisposable
{
    private readonly JournalFolder folder;
    private readonly JournalOptions options;
    private readonly IJournalDisk disk;
    private readonly JournalLock held;
    private readonly SegmentWriter segment;
    private readonly GroupCommit commit;
    private readonly SegmentCompressor compressor;
    private int snapshotsOpen;

    private JournalLog(JournalOptions options, JournalFolder folder, IJournalDisk disk, TimeProvider time,
        JournalLock held, RecoveredLog recovered)
    {
        (this.options, this.folder, this.disk, this.held) = (options, folder, disk, held);
        Recovery = recovered.Report;
        segment = recovered.End is { } end
            ? SegmentWriter.Resume(folder, disk, options.SegmentBytesMax, end)
            : SegmentWriter.Create(folder, disk, options.SegmentBytesMax);
        var markDue = recovered.End is { Marked: false } && Recovery.LastLsn >= segment.Header.FirstLsn;
        compressor = new SegmentCompressor(folder, disk, options.Logger);
        commit = new GroupCommit(segment, options, time, Recovery.LastLsn, markDue);
    }

    /// <summary>What recovery found when the log was opened.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>
    /// The log sequence number of the last append; 0 for none. Records, forgotten and restored actors are numbered
    /// alike.
    /// </summary>
    public long LastLsn => commit.LastLsn;

    /// <summary>The log sequence number of the last durable append; 0 for none.</summary>
    public long DurableLsn => commit.DurableLsn;

    /// <summary>Why the log failed; null while it accepts appends.</summary>
    public JournalFailedException? Failure => commit.Failure;

    /// <summary>Completes with the reason when the log fails. A failed log accepts no more appends.</summary>
    public Task<JournalFailedException> Failed => commit.Failed;

    /// <summary>Counters since the log was opened.</summary>
    public JournalStatistics Statistics => commit.Statistics;

    /// <summary>
    /// Opens or creates a journal. Returns when all its records have been passed to the reader and it accepts appends.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="reader">Receives the contents.</param>
    /// <param name="time">The clock for the counters and the lock; by default the system clock.</param>
    /// <param name="cancellation">Cancels the recovery.</param>
    /// <exception cref="JournalLockedException">Another process, or another part of this one, has it open.</exception>
    /// <exception cref="JournalDamagedException">The journal is damaged; nothing was changed.</exception>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    public static JournalLog Open(
        JournalOptions options, IJournalReader reader, TimeProvider? time = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        time ??= TimeProvider.System;
        var disk = options.Durable ? options.Disk : new UnflushedDisk(options.Disk);
        var folder = new JournalFolder(options.Folder);
        folder.Create(disk);
        var held = JournalLock.Take(folder, time);
        try
        {
            return new JournalLog(options, folder, disk, time, held,
                JournalRecovery.Read(folder, options, reader, cancellation));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Appends a record and returns its log sequence number. It never blocks. The record is not durable yet: see
    /// <see cref="WaitDurable"/>. A caller that appends repeatedly awaits <see cref="WhenRoom"/> in between.
    /// </summary>
    /// <param name="actor">The actor's key: 1 to 512 bytes in UTF-8.</param>
    /// <param name="sequence">The sequence number of the actor's last record plus one; 1 for its first.</param>
    /// <param name="payload">The record, which is copied.</param>
    /// <exception cref="JournalFailedException">The log failed, and the record is not in it.</exception>
    /// <exception cref="JournalFullException">Four times <see cref="JournalOptions.BufferBytesMax"/> bytes already
    /// wait to be written; the record is not in the log.</exception>
    /// <exception cref="ArgumentException">The key, the sequence or the length is not allowed.</exception>
    public long Append(ReadOnlySpan<char> actor, long sequence, ReadOnlySpan<byte> payload) =>
        Add(FrameKind.Record, actor, sequence, payload);

    /// <summary>
    /// Appends that an actor's state at its last record is kept elsewhere, and returns the log sequence number. The
    /// next recovery drops the actor, and the next snapshot must not contain it. The state must be durable where it is
    /// kept before this is called. Limits and exceptions are those of <see cref="Append"/>.
    /// </summary>
    /// <param name="actor">The actor's key.</param>
    /// <param name="sequence">The sequence number of the actor's last record.</param>
    public long Forget(ReadOnlySpan<char> actor, long sequence) => Add(FrameKind.Forget, actor, sequence, []);

    /// <summary>
    /// Appends the state of a forgotten actor, and returns the log sequence number. The actor's next record has the
    /// next sequence number. Limits and exceptions are those of <see cref="Append"/>.
    /// </summary>
    /// <param name="actor">The actor's key.</param>
    /// <param name="sequence">The sequence number at which the actor was forgotten.</param>
    /// <param name="state">The state at that record, which is copied.</param>
    public long Restore(ReadOnlySpan<char> actor, long sequence, ReadOnlySpan<byte> state) =>
        Add(FrameKind.Restore, actor, sequence, state);

    /// <summary>
    /// Back-pressure: completed while at most <see cref="JournalOptions.BufferBytesMax"/> are waiting to be written;
    /// otherwise completes when the buffered bytes have been written. Fails if the log fails.
    /// </summary>
    public Task WhenRoom() => commit.WhenRoom();

    /// <summary>Waits until a record, and thus every record before it, is durable.</summary>
    /// <param name="lsn">The number that <see cref="Append"/> returned.</param>
    /// <param name="cancellation">Cancels the wait; the record stays in the log.</param>
    /// <exception cref="JournalFailedException">The log failed before the record was durable.</exception>
    public ValueTask WaitDurable(long lsn, CancellationToken cancellation = default) =>
        commit.WaitDurable(lsn, cancellation);

    /// <summary>
    /// Begins a snapshot: the log continues in a new segment. The caller captures states after this returns. It
    /// captures each state between two records of its actor, never between an append and the change that the record
    /// describes. It leaves out an actor only if the actor is forgotten at that moment, and always if it was forgotten
    /// before this returned. These states together cover every record before the new segment.
    /// </summary>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="InvalidOperationException">A snapshot is being written already.</exception>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    public async ValueTask<JournalSnapshot> BeginSnapshot(CancellationToken cancellation = default)
    {
        if (Interlocked.CompareExchange(ref snapshotsOpen, 1, 0) != 0)
            throw new InvalidOperationException("A snapshot of this journal is being written already.");
        try
        {
            // The roll is not cancelled half-way: cancellation is checked once the segment exists.
            var segment = await commit.Roll().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return new JournalSnapshot(this, folder, disk, segment with { IsSnapshot = true, PreviousBytes = 0 });
        }
        catch
        {
            SnapshotClosed();
            throw;
        }
    }

    /// <summary>Writes all appended records and closes the files. Later appends are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        var compressed = compressor.Close();
        await commit.Close().ConfigureAwait(false);
        await compressed.ConfigureAwait(false);
        // A log that is not flushed promises nothing.
        if (options.Durable && commit.Failure is null)
            new StopMark(commit.DurableLsn, segment.Header.Journal).Write(folder, disk, options.Logger);
        segment.Dispose();
        held.Dispose();
    }

    private long Add(FrameKind kind, ReadOnlySpan<char> actor, long sequence, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (payload.Length > options.PayloadBytesMax)
            throw new ArgumentException(
                $"What is appended of {actor} has {payload.Length} bytes; at most {options.PayloadBytesMax} are " +
                $"allowed.", nameof(payload));
        Span<byte> key = stackalloc byte[FrameHeader.KeyBytesMax];
        return commit.Append(kind, key[..JournalKey.Write(actor, key)], sequence, payload);
    }

    internal void SnapshotClosed() => Volatile.Write(ref snapshotsOpen, 0);

    internal void CompressSegments()
    {
        if (options.CompressSegments)
            compressor.Begin();
    }

    internal void ThrowIfClosed() => commit.ThrowIfClosed();
}

/// <summary>Counters of a journal since it was opened.</summary>
/// <param name="Records">Records made durable.</param>
/// <param name="Batches">Batches written, each with one flush.</param>
/// <param name="Bytes">Bytes in those batches.</param>
/// <param name="Writing">Time spent writing and flushing them.</param>
/// <param name="AppendsDelayed">Appends whose callers had to wait because the buffer was full.</param>
/// <param name="Segment">The number of the segment being written.</param>
/// <param name="BytesBuffered">Bytes appended but not yet being written.</param>
public sealed record JournalStatistics(
    long Records, long Batches, long Bytes, TimeSpan Writing, long AppendsDelayed, long Segment, long BytesBuffered);

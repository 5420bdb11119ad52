namespace Jobtree.Journal;

/// <summary>
/// The append-only log that holds the journals of all actors of a host in one stream. Appends copy into a buffer; one
/// thread writes what has gathered, flushes it once, and then tells all who wait for it (group commit). All members may
/// be used from any thread. The sequence numbers of an actor are its own to keep: 1, 2, 3 and so on, for good, also if
/// it is created again under the same key; recovery verifies them.
/// </summary>
public sealed class JournalLog : IAsyncDisposable
{
    private readonly JournalFolder folder;
    private readonly JournalOptions options;
    private readonly IJournalDisk disk;
    private readonly JournalLock held;
    private readonly SegmentWriter segment;
    private readonly GroupCommit commit;
    private int snapshotsOpen;

    private JournalLog(JournalOptions options, JournalFolder folder, IJournalDisk disk, TimeProvider time,
        JournalLock held, RecoveredLog recovered)
    {
        (this.options, this.folder, this.disk, this.held) = (options, folder, disk, held);
        Recovery = recovered.Report;
        segment = recovered.End is { } end
            ? SegmentWriter.Resume(folder, disk, options.SegmentBytesMax, end)
            : SegmentWriter.Create(folder, disk, options.SegmentBytesMax);
        var markDue = recovered.End is { Marked: false } && Recovery.LastLsn >= recovered.End.Header.FirstLsn;
        commit = new GroupCommit(segment, options, time, Recovery.LastLsn, markDue);
    }

    /// <summary>What opening it found.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>The number of the last record appended; 0 for none.</summary>
    public long LastLsn => commit.LastLsn;

    /// <summary>The number of the last record that is durable; 0 for none.</summary>
    public long DurableLsn => commit.DurableLsn;

    /// <summary>Why the log takes no more; null while it does.</summary>
    public JournalFailedException? Failure => commit.Failure;

    /// <summary>Completes with the reason when the log fails; it takes nothing more then.</summary>
    public Task<JournalFailedException> Failed => commit.Failed;

    /// <summary>Counters since it was opened.</summary>
    public JournalStatistics Statistics => commit.Statistics;

    /// <summary>
    /// Opens a journal, or begins one; returns when all it holds has been handed over and can be appended to.
    /// </summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="reader">Receives what it holds.</param>
    /// <param name="time">The clock for the counters and the lock; the system's if not given.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JournalLockedException">Somebody has it open.</exception>
    /// <exception cref="JournalDamagedException">It is damaged; nothing was changed.</exception>
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
    /// Appends a record and returns its number in the log. It never waits, and the record is not durable yet: see
    /// <see cref="WaitDurable"/>. A caller that appends again and again awaits <see cref="WhenRoom"/> in between.
    /// </summary>
    /// <param name="actor">The actor's key: 1 to 512 bytes in UTF-8.</param>
    /// <param name="sequence">One more than that of the actor's last record; 1 for its first.</param>
    /// <param name="payload">The record, which is copied.</param>
    /// <exception cref="JournalFailedException">The log failed, and the record is not in it.</exception>
    /// <exception cref="JournalFullException">Four times <see cref="JournalOptions.BufferBytesMax"/> wait to be written
    /// already, and the record is not in the log.</exception>
    /// <exception cref="ArgumentException">The key, the sequence or the length is not allowed.</exception>
    public long Append(ReadOnlySpan<char> actor, long sequence, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (payload.Length > options.PayloadBytesMax)
            throw new ArgumentException(
                $"A record of {actor} has {payload.Length} bytes; at most {options.PayloadBytesMax} are allowed.",
                nameof(payload));
        Span<byte> key = stackalloc byte[FrameHeader.KeyBytesMax];
        return commit.Append(key[..JournalKey.Write(actor, key)], sequence, payload);
    }

    /// <summary>
    /// Back-pressure: completed as long as no more than <see cref="JournalOptions.BufferBytesMax"/> wait to be written,
    /// else when the disk has taken them. It fails if the log does.
    /// </summary>
    public Task WhenRoom() => commit.WhenRoom();

    /// <summary>Waits until a record, and so every record before it, is durable.</summary>
    /// <param name="lsn">What <see cref="Append"/> returned.</param>
    /// <param name="cancellation">Ends the wait; the record stays in the log.</param>
    /// <exception cref="JournalFailedException">The log failed before the record was durable.</exception>
    public ValueTask WaitDurable(long lsn, CancellationToken cancellation = default) =>
        commit.WaitDurable(lsn, cancellation);

    /// <summary>
    /// Begins a snapshot: the log goes on in a new segment. States that are captured after this returns, each between
    /// two records of its actor and not between an append and the change it stands for, together cover every record
    /// before that segment.
    /// </summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">A snapshot is being written already.</exception>
    /// <exception cref="JournalFailedException">The log failed.</exception>
    public async ValueTask<JournalSnapshot> BeginSnapshot(CancellationToken cancellation = default)
    {
        if (Interlocked.CompareExchange(ref snapshotsOpen, 1, 0) != 0)
            throw new InvalidOperationException("A snapshot of this journal is being written already.");
        try
        {
            // Not abandoned half-way: whether the caller still wants the snapshot is asked when the segment is there.
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

    /// <summary>Writes what was appended, and closes the files. Appends after this are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        await commit.Close().ConfigureAwait(false);
        segment.Dispose();
        held.Dispose();
    }

    internal void SnapshotClosed() => Volatile.Write(ref snapshotsOpen, 0);

    internal void ThrowIfClosed() => commit.ThrowIfClosed();
}

/// <summary>Counters of a journal since it was opened.</summary>
/// <param name="Records">Records made durable.</param>
/// <param name="Batches">Batches written, each with one flush.</param>
/// <param name="Bytes">Bytes of those batches.</param>
/// <param name="Writing">Time spent writing and flushing them.</param>
/// <param name="AppendsDelayed">Appends whose callers were asked to wait because the buffer was full.</param>
/// <param name="Segment">The number of the segment being written.</param>
/// <param name="BytesBuffered">Bytes appended that are not yet being written.</param>
public sealed record JournalStatistics(
    long Records, long Batches, long Bytes, TimeSpan Writing, long AppendsDelayed, long Segment, long BytesBuffered);

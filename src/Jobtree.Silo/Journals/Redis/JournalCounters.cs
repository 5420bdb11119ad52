using Jobtree.Telemetry;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Counts and measures records, batches, snapshots and failures.</summary>
/// <param name="metrics">The metrics of the host; absent: only <see cref="Read"/> shows the counts.</param>
internal sealed class JournalCounters(FleetMetrics? metrics = null)
{
    private const string HostKind = "silo";
    private const string Component = "journal";

    private long records;
    private long batches;
    private long bytes;
    private long refused;
    private long batchesAgain;
    private long timesAway;
    private long snapshots;
    private long snapshotBytes;

    /// <summary>Counts a sent batch.</summary>
    public void Sent() => Interlocked.Increment(ref batches);

    /// <summary>
    /// Open while Redis does not take records or does not answer reads. It closes when both were answered.
    /// </summary>
    public Breaker Breaker { get; } = metrics?.BreakerOf("redis") ?? new Breaker("redis");

    /// <summary>Counts a resent batch.</summary>
    /// <param name="reason">The kind of failure, one word.</param>
    public void SentAgain(string reason)
    {
        Interlocked.Increment(ref batchesAgain);
        metrics?.Retried(Component, reason);
    }

    /// <summary>Counts an answered batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="elapsed">The time since it was first sent.</param>
    public void Answered(AppendBatch batch, TimeSpan elapsed)
    {
        Interlocked.Add(ref records, batch.Records);
        Interlocked.Add(ref bytes, batch.Bytes);
        // An empty batch is a probe.
        if (batch.Records > 0)
            metrics?.Appended(HostKind, "append", elapsed, batch.Records);
    }

    /// <summary>Counts refused records.</summary>
    public void Refuse(long count)
    {
        Interlocked.Add(ref refused, count);
        Interlocked.Add(ref records, -count);
    }

    /// <summary>Counts an outage.</summary>
    /// <param name="reason">The kind of failure, one word.</param>
    public void Left(string reason)
    {
        Interlocked.Increment(ref timesAway);
        metrics?.Failed(Component, reason);
    }

    /// <summary>Counts an activation that ended because another one has written.</summary>
    public void Fenced() => metrics?.Failed(Component, "fenced", "warning");

    /// <summary>Counts a journal of which Redis has lost acknowledged records.</summary>
    public void Lost() => metrics?.Failed(Component, "records-lost", "critical");

    /// <summary>Counts a saved snapshot.</summary>
    /// <param name="length">Its bytes as stored.</param>
    /// <param name="elapsed">The time that saving took.</param>
    public void Saved(long length, TimeSpan elapsed)
    {
        Interlocked.Increment(ref snapshots);
        Interlocked.Add(ref snapshotBytes, length);
        metrics?.Appended(HostKind, "snapshot", elapsed, 1);
    }

    /// <summary>Counts a snapshot that could not be saved.</summary>
    public void SaveFailed() => metrics?.Failed(Component, "snapshot");

    /// <summary>The counts so far.</summary>
    public RedisJournalStatistics Read((long Records, long Bytes) pending) => new(
        Interlocked.Read(ref records), Interlocked.Read(ref batches), Interlocked.Read(ref bytes), Interlocked.Read(
            ref refused), Interlocked.Read(ref batchesAgain),
        Interlocked.Read(ref timesAway), Interlocked.Read(ref snapshots), Interlocked.Read(ref snapshotBytes),
            pending.Records, pending.Bytes);
}

/// <summary>Counters of the journals in Redis since they were opened.</summary>
/// <param name="Records">Durable records.</param>
/// <param name="Batches">Batches sent, probes included.</param>
/// <param name="Bytes">Bytes of the records in answered batches.</param>
/// <param name="Refused">Refused records.</param>
/// <param name="BatchesAgain">Batches resent because their outcome was unknown.</param>
/// <param name="TimesAway">How often records began to be refused.</param>
/// <param name="Snapshots">Saved snapshots.</param>
/// <param name="SnapshotBytes">Bytes of the saved snapshots, as stored.</param>
/// <param name="PendingRecords">Records that await an answer now.</param>
/// <param name="PendingBytes">Bytes of the pending records.</param>
internal sealed record RedisJournalStatistics(
    long Records, long Batches, long Bytes, long Refused, long BatchesAgain, long TimesAway, long Snapshots,
        long SnapshotBytes, long PendingRecords, long PendingBytes);

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Counts records, batches and snapshots.</summary>
internal sealed class JournalCounters
{
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

    /// <summary>Counts a resent batch.</summary>
    public void SentAgain() => Interlocked.Increment(ref batchesAgain);

    /// <summary>Counts an answered batch.</summary>
    public void Answered(AppendBatch batch)
    {
        Interlocked.Add(ref records, batch.Records);
        Interlocked.Add(ref bytes, batch.Bytes);
    }

    /// <summary>Counts refused records.</summary>
    public void Refuse(long count)
    {
        Interlocked.Add(ref refused, count);
        Interlocked.Add(ref records, -count);
    }

    /// <summary>Counts an opened breaker.</summary>
    public void Left() => Interlocked.Increment(ref timesAway);

    /// <summary>Counts a saved snapshot.</summary>
    public void Saved(long length)
    {
        Interlocked.Increment(ref snapshots);
        Interlocked.Add(ref snapshotBytes, length);
    }

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
/// <param name="TimesAway">How often the breaker opened.</param>
/// <param name="Snapshots">Saved snapshots.</param>
/// <param name="SnapshotBytes">Bytes of the saved snapshots, as stored.</param>
/// <param name="PendingRecords">Records that await an answer now.</param>
/// <param name="PendingBytes">Bytes of the pending records.</param>
internal sealed record RedisJournalStatistics(
    long Records, long Batches, long Bytes, long Refused, long BatchesAgain, long TimesAway, long Snapshots,
        long SnapshotBytes, long PendingRecords, long PendingBytes);

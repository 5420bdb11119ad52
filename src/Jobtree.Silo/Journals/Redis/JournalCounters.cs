namespace Jobtree.Silo.Journals.Redis;

/// <summary>Counts what becomes of records and batches.</summary>
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

    /// <summary>A batch was sent.</summary>
    public void Sent() => Interlocked.Increment(ref batches);

    /// <summary>One was sent again.</summary>
    public void SentAgain() => Interlocked.Increment(ref batchesAgain);

    /// <summary>One was answered.</summary>
    public void Answered(AppendBatch batch)
    {
        Interlocked.Add(ref records, batch.Records);
        Interlocked.Add(ref bytes, batch.Bytes);
    }

    /// <summary>Records were refused.</summary>
    public void Refuse(long count)
    {
        Interlocked.Add(ref refused, count);
        Interlocked.Add(ref records, -count);
    }

    /// <summary>The breaker opened.</summary>
    public void Left() => Interlocked.Increment(ref timesAway);

    /// <summary>A snapshot was kept.</summary>
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
/// <param name="Records">Records that were kept.</param>
/// <param name="Batches">Batches that were sent, those that only asked whether Redis is there included.</param>
/// <param name="Bytes">Bytes of the records in batches that were answered.</param>
/// <param name="Refused">Records that were refused.</param>
/// <param name="BatchesAgain">Batches that were sent again because their fate was not known.</param>
/// <param name="TimesAway">How often Redis was given up as away.</param>
/// <param name="Snapshots">Snapshots kept.</param>
/// <param name="SnapshotBytes">Bytes of them, as they are kept.</param>
/// <param name="PendingRecords">Records that wait for their answer now.</param>
/// <param name="PendingBytes">Bytes of them.</param>
internal sealed record RedisJournalStatistics(
    long Records, long Batches, long Bytes, long Refused, long BatchesAgain, long TimesAway, long Snapshots,
        long SnapshotBytes, long PendingRecords, long PendingBytes);

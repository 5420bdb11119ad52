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

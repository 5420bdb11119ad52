namespace Jobtree.Silo.Journals.Redis;

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

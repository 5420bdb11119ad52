namespace Jobtree.Journal;

/// <summary>What a complete snapshot says about itself.</summary>
/// <param name="Header">Its header: the segment that continues it, and that segment's first record.</param>
/// <param name="CommitLsn">The last record that was durable when it was completed; the log cannot end before
/// that.</param>
/// <param name="Actors">States in it.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record SnapshotSummary(FileHeader Header, long CommitLsn, long Actors, long Bytes);

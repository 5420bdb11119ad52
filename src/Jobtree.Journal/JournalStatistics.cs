namespace Jobtree.Journal;

/// <summary>Counters of a journal since it was opened.</summary>
/// <param name="Records">Records made durable.</param>
/// <param name="Batches">Batches written, each with one flush.</param>
/// <param name="Bytes">Bytes of those batches.</param>
/// <param name="Writing">Time spent writing and flushing them.</param>
/// <param name="AppendsDelayed">Appends that had to wait because the buffer was full.</param>
/// <param name="Segment">The number of the segment being written.</param>
/// <param name="BytesBuffered">Bytes appended that are not yet being written.</param>
public sealed record JournalStatistics(
    long Records, long Batches, long Bytes, TimeSpan Writing, long AppendsDelayed, long Segment, long BytesBuffered);

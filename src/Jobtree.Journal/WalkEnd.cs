namespace Jobtree.Journal;

/// <summary>Where the log ends, and how to continue it.</summary>
/// <param name="Header">The header of the last segment.</param>
/// <param name="Path">Its path.</param>
/// <param name="Offset">The end of its last whole frame.</param>
/// <param name="BatchOffset">Where the batch of that frame begins, which may not have been flushed.</param>
/// <param name="LastLsn">The number of the last record; one less than the header's first if it has none.</param>
/// <param name="Marked">Whether that frame already says that all before it is durable.</param>
/// <param name="Torn">What follows the last whole frame, if anything does.</param>
/// <param name="UnsealedPrevious">The segment before, if the crash came before its seal was written.</param>
internal sealed record WalkEnd(
    FileHeader Header, string Path, long Offset, long BatchOffset, long LastLsn, bool Marked, TornTail? Torn,
        FileHeader? UnsealedPrevious);

namespace Jobtree.Journal;

/// <summary>Where a record stands.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The first byte of the record's frame in that file.</param>
/// <param name="Lsn">Its number in the whole log, from 1.</param>
public readonly record struct JournalPosition(string File, long Offset, long Lsn);

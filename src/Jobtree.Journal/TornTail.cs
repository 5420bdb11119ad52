namespace Jobtree.Journal;

/// <summary>The end of the log that a crash left half written. None of it was ever acknowledged.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">The first byte dropped.</param>
/// <param name="BytesDropped">How many bytes followed from there.</param>
/// <param name="ZeroFilled">Whether they were all zero: space the file system had given but not filled.</param>
public sealed record TornTail(string File, long Offset, long BytesDropped, bool ZeroFilled);

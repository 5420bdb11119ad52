namespace Jobtree.Silo.Journals.Redis;

/// <summary>Where a record stands in the bytes of its batch.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Next">The place of the next record of the same actor; meaningless for its last.</param>
internal readonly record struct BatchRecord(int Offset, int Length, int Next);

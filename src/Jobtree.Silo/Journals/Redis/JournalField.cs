using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The names of what is kept, short because every entry is written with them. They are part of the format and of the
/// scripts. The writer comes first in an entry, where the scripts look for it.
/// </summary>
internal static class JournalField
{
    /// <summary>In an entry: who wrote it, a nonce of the open journal.</summary>
    public static RedisValue Writer { get; } = "w";

    /// <summary>In an entry: the record.</summary>
    public static RedisValue Payload { get; } = "p";

    /// <summary>In an entry and in a snapshot: up to which record its facts have been told.</summary>
    public static RedisValue Told { get; } = "t";

    /// <summary>In a snapshot: the number of the last record in it.</summary>
    public static RedisValue Sequence { get; } = "q";

    /// <summary>In a snapshot: the state, as <see cref="SnapshotFormat"/> writes it.</summary>
    public static RedisValue State { get; } = "s";
}

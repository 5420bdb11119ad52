using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Field names of entries and snapshots. They are short because every entry contains them, and part of the format and
/// the scripts. The writer is the first field of an entry, where the scripts look for it.
/// </summary>
internal static class JournalField
{
    /// <summary>In an entry: the writer, a nonce of the open journal.</summary>
    public static RedisValue Writer { get; } = "w";

    /// <summary>In an entry: the record.</summary>
    public static RedisValue Payload { get; } = "p";

    /// <summary>In an entry and in a snapshot: the record up to which facts have been delivered.</summary>
    public static RedisValue DeliveredUpTo { get; } = "t";

    /// <summary>In a snapshot: the number of the last record it covers.</summary>
    public static RedisValue Sequence { get; } = "q";

    /// <summary>In a snapshot: the state, in <see cref="SnapshotFormat"/>.</summary>
    public static RedisValue State { get; } = "s";

    /// <summary>
    /// The writer of the entry that stands for the last record of a restored actor. Shorter than a nonce, so that no
    /// activation has it.
    /// </summary>
    public static RedisValue WriterOfRestored { get; } = "history";
}

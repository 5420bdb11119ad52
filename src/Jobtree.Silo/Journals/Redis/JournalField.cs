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

    /// <summary>In a snapshot: the state, in <see cref="SnapshotFormat"/>; absent if it is in chunks.</summary>
    public static RedisValue State { get; } = "s";

    /// <summary>In a snapshot: which of the two hashes has its chunks (0 or 1), and their nonce.</summary>
    public static RedisValue Generation { get; } = "g";

    /// <summary>In a snapshot: the number of its chunks.</summary>
    public static RedisValue Chunks { get; } = "n";

    /// <summary>In a snapshot: the bytes of its chunks, which together are in <see cref="SnapshotFormat"/>.</summary>
    public static RedisValue StoredBytes { get; } = "l";

    /// <summary>In a snapshot: the CRC-32C of the state that is in chunks.</summary>
    public static RedisValue Checksum { get; } = "c";

    /// <summary>
    /// The writer of the entry that stands for the last record of a restored actor. Shorter than a nonce, so that no
    /// activation has it.
    /// </summary>
    public static RedisValue WriterOfRestored { get; } = "history";
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Journal;

/// <summary>How a journal is kept. The defaults suit a host on one machine with a local disk.</summary>
public sealed record JournalOptions
{
    /// <summary>The folder of the journal. It is created with owner-only permissions if it does not exist.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether every batch is forced to the disk before its records count as durable. Without it records survive the
    /// death of the process but not of the machine, and a power cut may be reported as damage; meant for benchmarks.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// A segment is closed, and the next one begun, before it would grow beyond this many bytes; 64 KiB to 1 GiB.
    /// </summary>
    public long SegmentBytesMax { get; init; } = 256L << 20;

    /// <summary>
    /// Bytes that may wait to be written before callers are asked to wait; 64 KiB to 256 MiB. Beyond four times this
    /// appends are refused, so five times this is held at most, and only while the disk is slow.
    /// </summary>
    public int BufferBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// The largest payload of one record, in bytes; 1 to 16 MiB, and at least 1 KiB less than
    /// <see cref="BufferBytesMax"/>.
    /// </summary>
    public int PayloadBytesMax { get; init; } = 4 << 20;

    /// <summary>How many actors recovery accepts before it refuses to go on, which bounds its memory.</summary>
    public int ActorsMax { get; init; } = 32_000_000;

    /// <summary>
    /// Told of each batch that has become durable: how long writing and flushing it took, and how many records it held.
    /// It is called on the writing thread and must be quick. If it throws, that is logged, and it is called no more.
    /// </summary>
    public Action<TimeSpan, int>? BatchWritten { get; init; }

    /// <summary>Is told, as critical, that the log failed, and of an observer that did.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>What the journal is written to.</summary>
    public IJournalDisk Disk { get; init; } = new JournalDisk();

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder, nameof(Folder));
        Require(SegmentBytesMax is >= 64 << 10 and <= 1L << 30, nameof(SegmentBytesMax), SegmentBytesMax,
            "64 KiB to 1 GiB");
        Require(BufferBytesMax is >= 64 << 10 and <= 256 << 20, nameof(BufferBytesMax), BufferBytesMax,
            "64 KiB to 256 MiB");
        Require(
            PayloadBytesMax >= 1 && PayloadBytesMax <= FrameHeader.PayloadBytesLimit
                && PayloadBytesMax <= BufferBytesMax - 1024,
            nameof(PayloadBytesMax), PayloadBytesMax, "1 byte to 16 MiB, and 1 KiB less than BufferBytesMax");
        Require(ActorsMax >= 1, nameof(ActorsMax), ActorsMax, "1 or more");
    }

    private static void Require(bool holds, string name, long value, string allowed)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"The journal's {name} must be {allowed}.");
    }
}

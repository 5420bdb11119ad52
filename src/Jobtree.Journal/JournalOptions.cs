using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Journal;

/// <summary>The options of a journal. The defaults suit a host on one machine with a local disk.</summary>
public sealed record JournalOptions
{
    /// <summary>The folder of the journal. It is created with owner-only permissions if it does not exist.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether every batch is flushed to disk before its records count as durable. If false, records survive a crash of
    /// the process but not of the machine, and a power cut may be reported as damage. False is meant for benchmarks.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// The largest size of a segment in bytes, 64 KiB to 1 GiB. A segment that would grow beyond it is closed, and the
    /// next one begins.
    /// </summary>
    public long SegmentBytesMax { get; init; } = 256L << 20;

    /// <summary>
    /// Whether segments that no snapshot needs are compressed in the background. False is meant for benchmarks.
    /// </summary>
    public bool CompressSegments { get; init; } = true;

    /// <summary>
    /// How many bytes may wait to be written before callers are asked to wait; 64 KiB to 256 MiB. Beyond four times
    /// this, appends are refused. So the journal holds at most five times this in memory, and only while the disk is
    /// slow.
    /// </summary>
    public int BufferBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// The largest payload of one record, in bytes; 1 to 16 MiB, and at least 1 KiB less than
    /// <see cref="BufferBytesMax"/>.
    /// </summary>
    public int PayloadBytesMax { get; init; } = 4 << 20;

    /// <summary>How many actors recovery accepts before it fails; this bounds its memory.</summary>
    public int ActorsMax { get; init; } = 32_000_000;

    /// <summary>
    /// Called for each durable batch with the time that writing and flushing took, and the number of records. It runs
    /// on the writing thread and must be quick. If it throws, that is logged and it is not called again.
    /// </summary>
    public Action<TimeSpan, int>? BatchWritten { get; init; }

    /// <summary>Logs a failure of the log as critical, and logs an observer that throws.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The disk that the journal writes to.</summary>
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

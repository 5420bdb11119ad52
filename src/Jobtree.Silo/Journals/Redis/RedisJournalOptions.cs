using Jobtree.Telemetry;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>How a silo keeps its journals in Redis.</summary>
internal sealed record RedisJournalOptions
{
    private const int ServiceLengthMax = 64;

    /// <summary>
    /// The address and credentials of Redis. Its timeouts, reconnection and backlog settings are overridden.
    /// </summary>
    public required ConfigurationOptions Configuration { get; init; }

    /// <summary>
    /// The cluster's service id, the prefix of all keys: 1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.
    /// </summary>
    public required string Service { get; init; }

    /// <summary>
    /// The folder in which a silo keeps what it knows that Redis has; absent: it knows that only while it runs.
    /// </summary>
    public string? StateFolder { get; init; }

    /// <summary>How often the silo learns what others have written, and keeps what it knows.</summary>
    public TimeSpan CompareEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Measures batches and snapshots, and counts failures; absent: nothing does.</summary>
    public FleetMetrics? Metrics { get; init; }

    /// <summary>How long to wait for an answer before Redis counts as away; 50 ms to a minute.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a read of many records or a snapshot may take; at least <see cref="ReplyTimeout"/>.</summary>
    public TimeSpan BulkTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often Redis is probed while it is away, and how soon an idle connection is checked.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the durability settings are queried.</summary>
    public TimeSpan DurabilityEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long closing waits for pending appends.</summary>
    public TimeSpan CloseWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most records in one script, during which others wait; at least 1.</summary>
    public int BatchRecordsMax { get; init; } = 256;

    /// <summary>The most bytes in one script; a larger record is sent alone.</summary>
    public int BatchBytesMax { get; init; } = 256 << 10;

    /// <summary>The most scripts in flight at once; at least 1.</summary>
    public int BatchesInFlightMax { get; init; } = 3;

    /// <summary>The largest record in bytes.</summary>
    public int RecordBytesMax { get; init; } = 4 << 20;

    /// <summary>The most pending records; further ones are refused.</summary>
    public int PendingRecordsMax { get; init; } = 200_000;

    /// <summary>The most pending bytes.</summary>
    public long PendingBytesMax { get; init; } = 128L << 20;

    /// <summary>
    /// The largest snapshot in bytes, before compression. The default is the largest array that .NET has.
    /// </summary>
    public int SnapshotBytesMax { get; init; } = Array.MaxLength;

    /// <summary>A snapshot that has more bytes, compressed, is kept in chunks of this size.</summary>
    public int SnapshotChunkBytes { get; init; } = 1 << 20;

    /// <summary>Records in one page of a read.</summary>
    public int PageRecords { get; init; } = 500;

    /// <summary>
    /// How many records before a flavor's snapshot are retained for audits: the journal is the flavor's ledger.
    /// </summary>
    public long FlavorRecordsKept { get; init; } = 1_000_000;

    /// <summary>How many records before any other actor's snapshot are retained.</summary>
    public long OtherRecordsKept { get; init; }

    /// <summary>Rejects invalid options.</summary>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the allowed
    /// values.</exception>
    public void Validate()
    {
        if (Service.Length is 0 or > ServiceLengthMax
            || !Service.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            throw new ArgumentException(
                $"The service id '{Service}' is not allowed: it has 1 to {ServiceLengthMax} letters, digits, '-', " +
                $"'_' and '.'.");
        if (Configuration.EndPoints.Count == 0)
            throw new ArgumentException("The Redis configuration names no server; write host:port.");
        Require(ReplyTimeout >= TimeSpan.FromMilliseconds(50) && ReplyTimeout <= TimeSpan.FromMinutes(1),
            nameof(ReplyTimeout), "50 ms to a minute");
        Require(BulkTimeout >= ReplyTimeout && BulkTimeout <= TimeSpan.FromMinutes(10), nameof(BulkTimeout),
            "ReplyTimeout to ten minutes");
        Require(ProbeEvery > TimeSpan.Zero && DurabilityEvery > TimeSpan.Zero, nameof(ProbeEvery),
            "more than nothing, as must DurabilityEvery");
        Require(BatchRecordsMax is >= 1 and <= 1000, nameof(BatchRecordsMax), "1 to 1000");
        Require(BatchesInFlightMax is >= 1 and <= 16, nameof(BatchesInFlightMax), "1 to 16");
        Require(RecordBytesMax is >= 1 and <= 64 << 20, nameof(RecordBytesMax), "1 byte to 64 MiB");
        Require(BatchBytesMax >= 1 && PendingRecordsMax >= 1 && PendingBytesMax >= RecordBytesMax,
            nameof(PendingBytesMax), "at least RecordBytesMax");
        Require(SnapshotBytesMax >= 1 && SnapshotBytesMax <= Array.MaxLength, nameof(SnapshotBytesMax),
            "1 byte to 2 GiB less 57 bytes");
        Require(SnapshotChunkBytes is >= 16 and <= 64 << 20, nameof(SnapshotChunkBytes), "16 bytes to 64 MiB");
        Require(PageRecords is >= 1 and <= 10_000, nameof(PageRecords), "1 to 10000");
        Require(FlavorRecordsKept >= 0 && OtherRecordsKept >= 0, nameof(FlavorRecordsKept),
            "0 or more, as must OtherRecordsKept");
    }

    private static void Require(bool holds, string name, string allowed)
    {
        if (!holds)
            throw new ArgumentException($"The option {name} of the journals in Redis must be {allowed}.");
    }
}

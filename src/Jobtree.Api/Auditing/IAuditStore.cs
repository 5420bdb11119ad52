using Jobtree.Actors.Ports;

namespace Jobtree.Api.Auditing;

/// <summary>
/// Where the audit log is kept. Entries are added at its end and never changed; the oldest are let go.
/// </summary>
public interface IAuditStore
{
    /// <summary>Adds entries. One caller adds at a time.</summary>
    /// <param name="entries">The entries, without numbers and links.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">The store cannot keep them; it is as before.</exception>
    ValueTask Append(IReadOnlyList<AuditEntry> entries, CancellationToken cancellation);

    /// <summary>Reads entries.</summary>
    /// <param name="after">Only entries with a greater number.</param>
    /// <param name="max">The most entries, at least 1. There may be more even if fewer are returned.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The next entries, ascending; none if there are none yet.</returns>
    /// <exception cref="IOException">The store does not answer, or is damaged.</exception>
    ValueTask<LedgerPage> Read(long after, int max, CancellationToken cancellation);
}

/// <summary>How much of the audit log is kept.</summary>
/// <param name="BytesMax">The most bytes.</param>
/// <param name="Age">For how long an entry is kept.</param>
public sealed record AuditRetention(long BytesMax, TimeSpan Age)
{
    /// <summary>What is kept on a disk by default.</summary>
    public static AuditRetention OnDisk { get; } = new(1L << 30, TimeSpan.FromDays(90));

    /// <summary>What is kept in the memory of a Redis by default.</summary>
    public static AuditRetention InMemory { get; } = OnDisk with { BytesMax = 64L << 20 };
}

using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Ports;

/// <summary>
/// The ledgers as the store has them, for reading: the bytes of a flavor's entries from a number on. Reading asks no
/// actor and delays no decision.
/// </summary>
public interface ILedgers
{
    /// <summary>The most entries in one page.</summary>
    const int PageMax = 1000;

    /// <summary>Reads entries of a flavor.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="after">Only entries with a greater number.</param>
    /// <param name="max">The most entries, 1 to <see cref="PageMax"/>. There may be more even if fewer are
    /// returned.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The next entries, ascending; none if the store has none after that number yet.</returns>
    /// <exception cref="IOException">The store does not answer, or its files are damaged.</exception>
    ValueTask<LedgerPage> Read(string flavor, long after, int max, CancellationToken cancellation);

    /// <summary>The newest state in the store from which a past instant can be reached by its later entries.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="instant">The instant.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>A state of that instant or of an earlier one; null if the store has none.</returns>
    /// <exception cref="IOException">The store does not answer.</exception>
    ValueTask<FlavorSnapshot?> StateBefore(string flavor, DateTimeOffset instant, CancellationToken cancellation) =>
        new((FlavorSnapshot?)null);
}

/// <summary>Entries of a ledger.</summary>
/// <param name="Entries">The entries, ascending.</param>
/// <param name="First">The number of the first entry that the store still has; 1 if it has all of them. The ones before
/// it are vouched for by the hash that the first one carries.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerRecord> Entries, long First);

/// <summary>An entry of a ledger as it was written.</summary>
/// <param name="Sequence">The entry's number.</param>
/// <param name="Bytes">The entry's bytes: one line of JSON in UTF-8. Their SHA-256 in base64 is the <c>previous</c> of
/// the next entry.</param>
public sealed record LedgerRecord(long Sequence, byte[] Bytes);

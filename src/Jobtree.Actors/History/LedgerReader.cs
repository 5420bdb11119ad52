using System.Globalization;
using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.History;

/// <summary>Reads whole ledgers in pages, and says what of them is missing.</summary>
/// <param name="ledgers">The store's ledgers; null: it keeps none.</param>
internal sealed class LedgerReader(ILedgers? ledgers)
{
    /// <summary>How many entries are worth a sentence in an explanation.</summary>
    private const int ReplayedMax = 50_000;

    /// <summary>The answer of a fleet that keeps no ledger.</summary>
    public static Problem NoLedger { get; } = new(ProblemCode.NotFound,
        "No ledger is kept here: a state file keeps what is, not how it came about. Ask a server.");

    /// <summary>The store's ledgers; null: it keeps none.</summary>
    public ILedgers? Store => ledgers;

    /// <summary>A page of entries.</summary>
    public async ValueTask<Result<LedgerPage>> Page(
        string flavor, long after, int limit, CancellationToken cancellation)
    {
        if (ledgers is null)
            return NoLedger;
        if (after < 0)
            return new Problem(ProblemCode.Invalid, "after: a number from 0 is allowed.");
        return await ledgers.Read(flavor, after, Math.Clamp(limit, 1, ILedgers.PageMax), cancellation);
    }

    /// <summary>The entries after a number, up to the last.</summary>
    public async IAsyncEnumerable<LedgerRecord> Entries(
        string flavor, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var page = await ledgers!.Read(flavor, after, ILedgers.PageMax, cancellation);
            if (page.Entries.Count == 0)
                yield break;
            foreach (var entry in page.Entries)
                yield return entry;
            after = page.Entries[^1].Sequence;
        }
    }

    /// <summary>An entry with its link; null if the store does not have it.</summary>
    public async ValueTask<(LedgerEntry Entry, string Link)?> Entry(
        string flavor, long sequence, CancellationToken cancellation)
    {
        if (ledgers is null || sequence < 1)
            return null;
        var page = await ledgers.Read(flavor, sequence - 1, 1, cancellation);
        return page.Entries is [var found] && found.Sequence == sequence
            ? (LedgerFormat.Read(found.Bytes, null), HashChain.Link(found.Bytes)) : null;
    }

    /// <summary>
    /// The state before an entry, replayed; null if the store has no state near enough before it.
    /// </summary>
    public async ValueTask<FlavorState?> StateBefore(
        string flavor, LedgerEntry entry, CancellationToken cancellation)
    {
        // Entries of one instant may lie on both sides of a state of that instant.
        var (begin, gap) = await BeginBefore(flavor, entry.At.AddTicks(-1), entry.At, cancellation);
        if (gap is not null || entry.Sequence - (begin?.Sequence ?? 0) > ReplayedMax)
            return null;
        var (state, effects, texts) = (new FlavorState(flavor), new FlavorEffects(), new SharedText());
        if (begin is not null)
            state.Restore(begin);
        await foreach (var record in Entries(flavor, state.Sequence, cancellation))
        {
            if (record.Sequence >= entry.Sequence)
                break;
            state.Apply(LedgerFormat.Read(record.Bytes, texts), HashChain.Link(record.Bytes), effects);
            effects.Runs.Clear();
            effects.Funding.Clear();
        }
        return state.Sequence == entry.Sequence - 1 ? state : null;
    }

    /// <summary>
    /// Where to begin a replay that is to know a past instant: at a state of before, or at the first entry. If neither
    /// reaches back so far, at the earliest state, with a sentence about what is missing.
    /// </summary>
    public async ValueTask<(FlavorSnapshot? State, string? Gap)> BeginBefore(
        string flavor, DateTimeOffset instant, DateTimeOffset end, CancellationToken cancellation)
    {
        if (await ledgers!.StateBefore(flavor, instant, cancellation) is { } state)
            return (state, null);
        var first = (await ledgers.Read(flavor, 0, 1, cancellation)).First;
        if (first <= 1)
            return (null, null);
        var later = await ledgers.StateBefore(flavor, end, cancellation);
        return (later, GapUntil(flavor, first, later));
    }

    /// <summary>Says that a ledger does not begin with its first entry.</summary>
    public static string BeginsAt(string flavor, long first) => string.Create(CultureInfo.InvariantCulture,
        $"The ledger of {flavor} begins at entry {first} here; what was before is vouched for by the hash that this "
        + $"entry carries.");

    private static string GapUntil(string flavor, long first, FlavorSnapshot? later) => later is null
        ? $"{BeginsAt(flavor, first)} Nothing before its newest state can be told."
        : string.Create(CultureInfo.InvariantCulture,
            $"{BeginsAt(flavor, first)} Of the time before {later.At.UtcDateTime:u} nothing can be told.");
}

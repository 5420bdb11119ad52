using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;

namespace Jobtree.Cli.Commands;

/// <summary>The entries of several ledgers in the order of their time, read page by page.</summary>
/// <param name="operations">The fleet.</param>
/// <param name="flavors">The flavors.</param>
/// <param name="after">Only entries after this number.</param>
internal sealed class LedgerFeed(ILedgerOperations operations, IReadOnlyList<string> flavors, long after)
{
    private readonly Source[] sources = [.. flavors.Select(flavor => new Source(flavor, after))];
    private readonly List<string> notices = [];

    /// <summary>The next entry; none if there is none now.</summary>
    public async Task<Result<(string? Flavor, LedgerRecord? Record, LedgerEntry? Entry)>> Next(
        CancellationToken cancellation)
    {
        Source? earliest = null;
        foreach (var source in sources)
        {
            if (source.Entry is null && await Fill(source, cancellation) is { } problem)
                return problem;
            if (source.Entry is { } entry && (earliest is null || entry.At < earliest.Entry!.At))
                earliest = source;
        }
        if (earliest is null)
            return (default(string), default(LedgerRecord), default(LedgerEntry));
        var next = (earliest.Flavor, earliest.Page[earliest.Index], earliest.Entry);
        earliest.Advance();
        return next;
    }

    /// <summary>What of the ledgers is missing, told once.</summary>
    public IReadOnlyList<string> TakeNotices()
    {
        var taken = notices.ToArray();
        notices.Clear();
        return taken;
    }

    private async Task<Problem?> Fill(Source source, CancellationToken cancellation)
    {
        if (!(await operations.ReadLedger(source.Flavor, source.After, ILedgers.PageMax, cancellation))
            .Succeeded(out var page, out var problem))
            return problem;
        if (page.First > source.After + 1)
            notices.Add(string.Create(CultureInfo.InvariantCulture,
                $"The ledger of {source.Flavor} begins at entry {page.First} here; what was before is vouched for by ")
                + "the hash that this entry carries.");
        source.Take(page.Entries);
        return null;
    }

    private sealed class Source(string flavor, long after)
    {
        public string Flavor => flavor;

        public long After { get; private set; } = after;

        public IReadOnlyList<LedgerRecord> Page { get; private set; } = [];

        public int Index { get; private set; }

        public LedgerEntry? Entry { get; private set; }

        public void Take(IReadOnlyList<LedgerRecord> page)
        {
            (Page, Index) = (page, -1);
            Advance();
        }

        public void Advance()
        {
            Index++;
            Entry = Index < Page.Count ? LedgerFormat.Read(Page[Index].Bytes, null) : null;
            if (Entry is not null)
                After = Page[Index].Sequence;
        }
    }
}

using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Finds when a demand will be funded: when a window opens, or when claims that are on its possible payers now are
/// expected to end. Covers the demand with books that have the windows of an instant, and the claims of now that are
/// expected to last beyond it.
/// </summary>
/// <remarks>
/// Between two boundaries of windows, fewer claims seldom fund less, so a binary search finds the first end that is
/// enough. (A claim that ends may let a wider one be funded that was passed over. Then the instant found is one at
/// which the demand is funded, though perhaps not the first.)
/// </remarks>
/// <param name="demand">The demand.</param>
/// <param name="candidates">Its possible payers.</param>
/// <param name="commitments">What reservations will claim before it.</param>
/// <param name="asOf">The instant after which to search.</param>
/// <param name="countsEnds">Whether claims end when <see cref="RunMeter.ExpectedEnd"/> says. Otherwise they never do.
/// </param>
internal sealed class FutureCover(Demand demand, List<(Payer Payer, Relation Relation)> candidates,
    Commitments commitments, DateTimeOffset asOf, bool countsEnds)
{
    private readonly Dictionary<ClaimBook, ClaimBook> books = [];
    private List<Payer> payers = [];

    /// <summary>
    /// The first instant found at which the demand is funded, its payers then, and whether it is the opening of a
    /// window. Null if there is none.
    /// </summary>
    public FutureFunding? First()
    {
        if (MostEver() < demand.GpusWithSpares())
            return null; // Most end here, before anything is copied.
        payers = [.. candidates.Select(candidate => candidate.Payer).Where(payer => payer.MayPromise(asOf))];
        var endsOfClaims = countsEnds ? Ends() : [];
        var openings = payers.Select(payer => payer.Terms.Start).OfType<DateTimeOffset>()
            .Where(start => start > asOf).ToHashSet();
        var ends = payers.Select(payer => payer.Terms.End).OfType<DateTimeOffset>();
        var boundaries = openings.Concat(ends).Where(at => at > asOf).Prepend(asOf).Distinct().Order().ToArray();
        for (var i = 0; i < boundaries.Length; i++)
        {
            var until = i + 1 < boundaries.Length ? boundaries[i + 1] : DateTimeOffset.MaxValue;
            DateTimeOffset[] within = [boundaries[i], .. endsOfClaims.Where(at => at > boundaries[i] && at < until)];
            if (FirstOf(within) is { } found)
                return found with { IsOpening = openings.Contains(found.At) };
        }
        return null;
    }

    /// <summary>Upper bound of the GPUs that are ever funded for it.</summary>
    private long MostEver()
    {
        var most = 0L;
        foreach (var (payer, relation) in candidates)
        {
            if (payer.MayPromise(asOf))
                most += Math.Max(0, payer.Terms.Concurrency - commitments.Before(payer, relation));
        }
        return most;
    }

    /// <summary>When claims on the payers are expected to end, in order.</summary>
    private DateTimeOffset[] Ends()
    {
        var ticks = new HashSet<long>();
        foreach (var payer in payers)
        {
            var claims = payer.Books[0].Claims;
            for (var i = 0; i < claims.Count; i++)
                ticks.Add(claims[i].Meter.ExpectedEnd);
        }
        long[] inOrder = [.. ticks];
        Array.Sort(inOrder);
        return Array.ConvertAll(inOrder, static end => new DateTimeOffset(end, TimeSpan.Zero));
    }

    private FutureFunding? FirstOf(DateTimeOffset[] instants)
    {
        if (CoverAt(instants[^1]) is not { IsFunded: true } last)
            return null;
        var found = new FutureFunding(instants[^1], last, false);
        var (tooEarly, enough) = (-1, instants.Length - 1);
        while (enough - tooEarly > 1)
        {
            var middle = (tooEarly + enough) / 2;
            if (CoverAt(instants[middle]) is { IsFunded: true } cover)
                (enough, found) = (middle, new FutureFunding(instants[middle], cover, false));
            else
                tooEarly = middle;
        }
        return found;
    }

    private Cover CoverAt(DateTimeOffset at)
    {
        books.Clear();
        return new CoverSearch(demand, candidates, roomThen: (payer, relation, used) =>
            Room(at, payer, relation, used)).Run(at);
    }

    private int Room(DateTimeOffset at, Payer payer, Relation relation, Dictionary<ClaimBook, int>? used)
    {
        if (!payer.Terms.IsOpen(at) || !payer.MayPromise(asOf))
            return 0;
        var room = int.MaxValue;
        foreach (var book in payer.Books)
        {
            if (!books.TryGetValue(book, out var then))
                books.Add(book, then = book.WhenOpen(claim => !countsEnds || claim.Meter.ExpectedEnd > at.UtcTicks));
            room = Math.Min(room, then.Room(relation, demand.AdmittedAt) - (used?.GetValueOrDefault(book) ?? 0));
        }
        return Math.Max(0, room - commitments.Before(payer, relation));
    }
}

/// <summary>When a demand will be funded.</summary>
/// <param name="At">The instant.</param>
/// <param name="Cover">Its payers then.</param>
/// <param name="IsOpening">Whether a window opens at that instant. Otherwise claims are expected to end by then.
/// </param>
internal readonly record struct FutureFunding(DateTimeOffset At, Cover Cover, bool IsOpening);

using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Finds who would pay for a demand when a window opens. Covers the demand with books that have the windows of that
/// instant and the claims of now.
/// </summary>
internal static class FutureCover
{
    /// <summary>
    /// The first window opening at which a demand is funded, and its payers then. Null if there is none.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="candidates">Its possible payers.</param>
    /// <param name="committed">GPUs already committed on envelopes. Null means none.</param>
    /// <param name="asOf">The instant after which to search.</param>
    public static (DateTimeOffset At, Cover Cover)? First(
        Demand demand, List<(Payer Payer, Relation Relation)> candidates,
            IReadOnlyDictionary<EnvelopeKey, int>? committed, DateTimeOffset asOf)
    {
        var openings = candidates.Where(candidate => candidate.Payer.MayReserveFor(asOf))
            .Select(candidate => candidate.Payer.Terms.Start!.Value).Distinct().Order().ToArray();
        foreach (var opening in openings)
        {
            var books = new Dictionary<ClaimBook, ClaimBook>();
            var cover = new CoverSearch(demand, candidates, roomThen: (payer, relation, used) =>
                Room(opening, payer, relation, used, committed, books)).Run(opening);
            if (cover.IsFunded)
                return (opening, cover);
        }
        return null;
    }

    private static int Room(
        DateTimeOffset opening, Payer payer, Relation relation, Dictionary<ClaimBook, int>? used,
            IReadOnlyDictionary<EnvelopeKey, int>? committed, Dictionary<ClaimBook, ClaimBook> opened)
    {
        if (!payer.Terms.IsOpen(opening))
            return 0;
        var room = int.MaxValue;
        foreach (var book in payer.Books)
        {
            if (!opened.TryGetValue(book, out var then))
                opened.Add(book, then = book.WhenOpen());
            room = Math.Min(room, then.Room(relation) - (used?.GetValueOrDefault(book) ?? 0));
        }
        return Math.Max(0, room - (committed?.GetValueOrDefault(payer.Key) ?? 0));
    }
}

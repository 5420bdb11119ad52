using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>Repeats the draws of ledgers from before <see cref="Resolution"/>.</summary>
internal static class FormerLottery
{
    /// <summary>Whether the draws of an entry repeat to the runs that it cut.</summary>
    /// <param name="lottery">The evidence.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="head">The link before the entry.</param>
    public static bool Repeats(Lottery lottery, LedgerEntry entry, string head)
    {
        var order = Shuffle(lottery.Candidates, HashChain.Seed(lottery.For, entry.At, head));
        return lottery.Seed == HashChain.Seed(lottery.For, entry.At, head)
            && lottery.Draws.SequenceEqual(order.Take(lottery.Draws.Count))
            && entry.Close?.All(cut => lottery.Draws.Contains(cut.Run)) == true;
    }

    /// <summary>The candidates in the order drawn by a seed, uniformly and without replacement.</summary>
    /// <param name="candidates">The candidates, in key order.</param>
    /// <param name="seed">The seed in hexadecimal.</param>
    public static RunKey[] Shuffle(IReadOnlyList<RunKey> candidates, string seed)
    {
        var draw = new Draw(seed);
        var order = candidates.ToArray();
        for (var i = 0; i < order.Length - 1; i++)
        {
            var pick = i + draw.Below(order.Length - i);
            (order[i], order[pick]) = (order[pick], order[i]);
        }
        return order;
    }
}

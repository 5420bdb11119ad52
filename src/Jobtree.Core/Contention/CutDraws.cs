using Jobtree.Core.Ledger;

namespace Jobtree.Core.Contention;

/// <summary>
/// Draws what is cut, from a conflict set and a seed alone: the scheduler decides by it, and anyone can repeat it. All
/// steps of a decision draw from one stream of numbers.
/// </summary>
/// <param name="seed">The seed in hexadecimal.</param>
/// <param name="asker">The share of the asker's owner before the decision; needed for the lottery only.</param>
/// <param name="gap">How many times that share another owner's must exceed; needed for the lottery only.</param>
public sealed class CutDraws(string seed, OwnerShare? asker = null, int gap = 1)
{
    private readonly Draw numbers = new(seed);
    private readonly List<long> reaches = [];

    /// <summary>The greatest loss that some of the first draws of the last step could have hit.</summary>
    /// <param name="draws">How many of them, at least 1.</param>
    internal long ReachOf(int draws) => reaches[draws - 1];

    /// <summary>Draws the candidates of a step, one at a time, without replacement.</summary>
    /// <param name="step">The step.</param>
    /// <param name="candidates">Its candidates, in order of loss, then of keys, then of parts.</param>
    /// <returns>Indices of candidates. The lottery ends when no cut would leave the owner's share great enough; other
    /// steps end when all are drawn.</returns>
    public IEnumerable<int> Draw(CutStep step, IReadOnlyList<CutCandidate> candidates) =>
        step == CutStep.Lottery ? DrawOwners(candidates) : DrawTickets(candidates);

    /// <summary>
    /// Each time, the candidates that lose at most twice the least have one ticket for each GPU. Whichever part of a
    /// run is drawn, its first part goes first.
    /// </summary>
    private IEnumerable<int> DrawTickets(IReadOnlyList<CutCandidate> candidates)
    {
        reaches.Clear();
        var tickets = new TicketTree(candidates);
        var parts = PartsByRun(candidates);
        for (int first = 0, end = 0, left = candidates.Count; left > 0; left--)
        {
            while (tickets.Of(first) == 0)
                first++;
            while (end < candidates.Count && candidates[end].Loss <= 2 * candidates[first].Loss)
                end++;
            reaches.Add(2 * candidates[first].Loss);
            var drawn = tickets.Find(numbers.Below(tickets.Below(end)));
            if (parts is not null && parts.TryGetValue(candidates[drawn].Run, out var queue))
                drawn = queue.Dequeue();
            tickets.Remove(drawn);
            yield return drawn;
        }
    }

    /// <summary>
    /// Each time, of the candidates that lose at most twice the least, an owner is drawn, then one of that owner's
    /// runs. Only a run after whose cut its owner's share still exceeds the asker's by the gap is a candidate.
    /// </summary>
    private IEnumerable<int> DrawOwners(IReadOnlyList<CutCandidate> candidates)
    {
        reaches.Clear();
        string[] owners = [.. candidates.Select(candidate => candidate.Owner).Distinct().Order(StringComparer.Ordinal)];
        int[] ownerOf = [.. candidates.Select(
            candidate => Array.BinarySearch(owners, candidate.Owner, StringComparer.Ordinal))];
        var left = new int[owners.Length]; // GPUs that may still be taken of each.
        for (var i = 0; i < candidates.Count; i++)
            left[ownerOf[i]] = candidates[i].Share!.MayLose(asker!, gap);
        var inPool = new int[owners.Length];
        var isOut = new bool[candidates.Count];
        while (true)
        {
            Array.Clear(inPool);
            var reach = long.MaxValue;
            for (var i = 0; i < isOut.Length && candidates[i].Loss <= reach; i++)
            {
                isOut[i] |= candidates[i].Gpus > left[ownerOf[i]];
                if (isOut[i])
                    continue;
                if (reach == long.MaxValue)
                    reach = 2 * candidates[i].Loss;
                inPool[ownerOf[i]]++;
            }
            var count = inPool.Count(runs => runs > 0);
            if (count == 0)
                yield break;
            var owner = NthWith(numbers.Below(count), inPool.Length, i => inPool[i] > 0);
            var drawn = NthWith(numbers.Below(inPool[owner]), isOut.Length, i => ownerOf[i] == owner && !isOut[i]);
            reaches.Add(reach);
            isOut[drawn] = true;
            left[owner] -= candidates[drawn].Gpus;
            yield return drawn;
        }
    }

    private static int NthWith(int n, int count, Func<int, bool> holds)
    {
        for (var i = 0; i < count; i++)
        {
            if (holds(i) && n-- == 0)
                return i;
        }
        throw new ArgumentOutOfRangeException(nameof(n));
    }

    /// <summary>The runs of which several parts are candidates, with those in order. Null if there are none.</summary>
    private static Dictionary<Model.RunKey, Queue<int>>? PartsByRun(IReadOnlyList<CutCandidate> candidates)
    {
        Dictionary<Model.RunKey, Queue<int>>? parts = null;
        foreach (var run in Enumerable.Range(0, candidates.Count).Where(i => candidates[i].Part is not null)
            .Select(i => candidates[i].Run).Distinct())
        {
            (parts ??= []).Add(run, new Queue<int>(Enumerable.Range(0, candidates.Count)
                .Where(i => candidates[i].Run == run).OrderBy(i => candidates[i].Part ?? int.MaxValue)));
        }
        return parts;
    }
}

/// <summary>Tickets of candidates with sums over prefixes, all in logarithmic time (Fenwick 1994).</summary>
internal sealed class TicketTree
{
    private readonly int[] tickets;
    private readonly int[] sums;
    private readonly int top;

    public TicketTree(IReadOnlyList<CutCandidate> candidates)
    {
        tickets = [.. candidates.Select(candidate => candidate.Gpus)];
        sums = new int[tickets.Length + 1];
        for (var i = 0; i < tickets.Length; i++)
            Add(i, tickets[i]);
        for (top = 1; top * 2 <= tickets.Length; top *= 2)
        {
        }
    }

    public int Of(int index) => tickets[index];

    /// <summary>The tickets of all candidates before one.</summary>
    public int Below(int end)
    {
        var sum = 0;
        for (var i = end; i > 0; i -= i & -i)
            sum += sums[i];
        return sum;
    }

    /// <summary>The candidate that holds a ticket, counted from 0.</summary>
    public int Find(int ticket)
    {
        var at = 0;
        for (var step = top; step > 0; step /= 2)
        {
            if (at + step >= sums.Length || sums[at + step] > ticket)
                continue;
            at += step;
            ticket -= sums[at];
        }
        return at;
    }

    public void Remove(int index)
    {
        Add(index, -tickets[index]);
        tickets[index] = 0;
    }

    private void Add(int index, int change)
    {
        for (var i = index + 1; i < sums.Length; i += i & -i)
            sums[i] += change;
    }
}

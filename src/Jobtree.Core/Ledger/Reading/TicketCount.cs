using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>
/// Counts the tickets that runs have in the draws of one step. A lottery draws an owner and then a run: there each
/// owner has the same number of tickets, divided equally among that owner's runs.
/// </summary>
/// <param name="resolution">The decision.</param>
/// <param name="step">The step.</param>
internal sealed class TicketCount(Resolution resolution, CutStep step)
{
    private readonly CutCandidate[] candidates = [.. resolution.Candidates.Where(some => some.Step == step)];
    private readonly HashSet<int> drawn = [];

    /// <summary>The step's candidates, in the order of the record.</summary>
    public IReadOnlyList<CutCandidate> Candidates => candidates;

    /// <summary>The tickets of a run, and of all, in the next draw.</summary>
    /// <param name="run">The run.</param>
    public (int Tickets, int OfAll) Of(RunKey run)
    {
        var pool = Pool();
        if (step != CutStep.Lottery)
            return (pool.Where(one => one.Run == run).Sum(one => one.Gpus), pool.Sum(one => one.Gpus));
        var runs = pool.GroupBy(one => one.Owner).ToDictionary(owner => owner.Key, owner => owner.Count());
        var each = runs.Values.Aggregate(1, LeastCommonMultiple);
        return (pool.Where(one => one.Run == run).Sum(one => each / runs[one.Owner]), each * runs.Count);
    }

    /// <summary>A candidate was drawn.</summary>
    /// <param name="draw">The draw.</param>
    public void Take(CutDraw draw) => drawn.Add(
        Array.FindIndex(candidates, one => one.Run == draw.Run && one.Part == draw.Part));

    private CutCandidate[] Pool()
    {
        var left = candidates.Where((_, i) => !drawn.Contains(i)).Where(MayBeDrawn).ToArray();
        var most = left.Length == 0 ? 0 : 2 * left.Min(one => one.Loss);
        return [.. left.Where(one => one.Loss <= most)];
    }

    private bool MayBeDrawn(CutCandidate candidate)
    {
        if (step != CutStep.Lottery || candidate.Share is not { } share || resolution.Asker is not { } asker)
            return true;
        var freed = drawn.Where(i => i >= 0 && candidates[i].Owner == candidate.Owner).Sum(i => candidates[i].Gpus);
        return freed + candidate.Gpus <= share.MayLose(asker, resolution.Gap);
    }

    private static int LeastCommonMultiple(int left, int right)
    {
        var (a, b) = (left, right);
        while (b != 0)
            (a, b) = (b, a % b);
        return left / a * right;
    }
}

using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Breaks;

/// <summary>Changes a flavor's decisions between the scheduler and the ledger, as a defect of the scheduler would.
/// </summary>
internal static class Distortions
{
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    /// <summary>The change for a broken rule; null if the rule is about something else.</summary>
    public static Func<FlavorState, LedgerEntry, LedgerEntry>? Of(BrokenRule broken) => broken switch
    {
        BrokenRule.Window => LateWindow,
        BrokenRule.Cut => OneCutMore,
        BrokenRule.Promise => BrokenPromise,
        BrokenRule.Filler => FillersStay,
        _ => null,
    };

    private static LedgerEntry LateWindow(FlavorState state, LedgerEntry entry) =>
        state.Funding.NextBoundary(state.At) == entry.At ? entry with { At = entry.At.AddTicks(1) } : entry;

    /// <summary>Cuts a run that was drawn and could be spared, or draws once more.</summary>
    private static LedgerEntry OneCutMore(FlavorState state, LedgerEntry entry)
    {
        if (entry is not { Resolution: { Draws.Count: > 0 } decision, Close: { Count: > 0 } cuts })
            return entry;
        if (decision.Spared.FirstOrDefault(draw => draw.Part is null) is { } spared)
            return entry with { Close = [.. cuts, cuts[0] with { Run = spared.Run }],
                Resolution = decision with { Spared = [.. decision.Spared.Where(draw => draw != spared)] } };
        return NextDraw(decision) is { Part: null } next
            ? entry with { Close = [.. cuts, cuts[0] with { Run = next.Run }],
                Resolution = decision with { Draws = [.. decision.Draws, next] } }
            : entry;
    }

    /// <summary>What the decision would have drawn next.</summary>
    private static CutDraw? NextDraw(Resolution decision)
    {
        var lots = new CutDraws(decision.Seed, decision.Asker, decision.Gap);
        CutDraw? next = null;
        foreach (var step in decision.Draws.Select(draw => draw.Step).Distinct().ToArray())
        {
            CutCandidate[] candidates = [.. decision.Candidates.Where(candidate => candidate.Step == step)];
            var drawn = decision.Draws.Count(draw => draw.Step == step);
            next = lots.Draw(step, candidates).Take(drawn + 1).Skip(drawn)
                .Select(index => new CutDraw(step, candidates[index].Run, candidates[index].Part)).FirstOrDefault();
        }
        return next;
    }

    /// <summary>Leaves out that fillers end for a swap; those that keep a part elsewhere do end.</summary>
    private static LedgerEntry FillersStay(FlavorState state, LedgerEntry entry)
    {
        var goOn = (entry.Swap ?? []).Select(swap => swap.Starts()).ToHashSet();
        LeaseEnd[] ends = [.. (entry.End ?? []).Where(
            end => end.Reason != LeaseEndReason.ReclaimedBySpare || goOn.Contains(end.Run))];
        Closing[] closings = [.. (entry.Close ?? []).Where(
            closing => closing.Reason != LeaseEndReason.ReclaimedBySpare)];
        return entry with { End = ends.Length > 0 ? ends : null, Close = closings.Length > 0 ? closings : null };
    }

    private static LedgerEntry BrokenPromise(FlavorState state, LedgerEntry entry) =>
        entry.Reserve is { } reserve && state.Queue.Find(reserve.Run)?.Reservation is not null
            ? entry with { Reserve = reserve with { EarliestStart = reserve.EarliestStart + Late } } : entry;
}

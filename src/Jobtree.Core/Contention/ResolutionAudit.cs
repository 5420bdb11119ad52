using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Checks a decision to cut work against the state before it (invariant 8): the conflict set is true, the seed draws
/// the same again, what is cut was drawn and not spared, what is charged is what is lost, and nothing was cut without
/// need.
/// </summary>
/// <param name="state">The state before the entry.</param>
/// <param name="entry">The entry.</param>
public sealed class ResolutionAudit(FlavorState state, LedgerEntry entry)
{
    /// <summary>What is wrong with the entry's decision; null if nothing is, or nothing was cut.</summary>
    public string? FindFault()
    {
        if (entry.Resolution is not { } decision)
            return CutsWithoutRecord() is { } run ? $"{run} was cut without a record of the decision" : null;
        if (decision.Seed != HashChain.Seed(decision.For, entry.At, state.Head))
            return $"the seed of the decision for {decision.For} is not that of its run, instant and ledger";
        if (decision.Candidates.FirstOrDefault(IsUntrue) is { } untrue)
            return $"{untrue.Run} is not a candidate as recorded in the decision for {decision.For}";
        if (!Repeats(decision))
            return $"the decision for {decision.For} does not draw again to the same runs";
        var cuts = decision.Draws.Except(decision.Spared).ToArray();
        var ended = LeasesByCut(cuts);
        if (FindOtherCut(cuts) is { } other)
            return $"{other} is cut in the decision for {decision.For} without having been drawn";
        if (FindOtherLoss(cuts, ended) is { } loser)
            return $"{loser} does not lose just what was drawn of it in the decision for {decision.For}";
        if (FindNeedless(decision, cuts, ended) is { } needless)
            return $"{needless.Run} was cut for {decision.For}, which fits without that";
        return decision.Charge is { } charge && charge.Loss != LossOf(decision, cuts)
            ? $"the decision for {decision.For} charges {charge.Owner} for another loss than its cuts destroy" : null;
    }

    /// <summary>Whether the recorded candidates and seed give the recorded draws.</summary>
    /// <param name="decision">The record.</param>
    public static bool Repeats(Resolution decision)
    {
        var lots = new CutDraws(decision.Seed, decision.Asker, decision.Gap);
        var steps = decision.Draws.Select(draw => draw.Step).Distinct().ToArray();
        var again = new List<CutDraw>();
        foreach (var step in steps)
        {
            CutCandidate[] candidates = [.. decision.Candidates.Where(candidate => candidate.Step == step)];
            var drawn = decision.Draws.Count(draw => draw.Step == step);
            again.AddRange(lots.Draw(step, candidates).Take(drawn)
                .Select(index => new CutDraw(step, candidates[index].Run, candidates[index].Part)));
        }
        return again.SequenceEqual(decision.Draws);
    }

    private static long LossOf(Resolution decision, CutDraw[] cuts) => decision.Candidates
        .Where(candidate => cuts.Contains(new CutDraw(candidate.Step, candidate.Run, candidate.Part)))
        .Sum(candidate => candidate.Loss);

    private RunKey? CutsWithoutRecord() => entry.Lottery is not null ? null : entry.Close?
        .Where(closing => closing.Reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt)
        .Select(closing => (RunKey?)closing.Run).FirstOrDefault();

    private bool IsUntrue(CutCandidate candidate)
    {
        if (!state.Running.TryGetValue(candidate.Run, out var run) || run.Demand.Owner != candidate.Owner)
            return true;
        var loss = candidate.Part is null ? WorkAtRisk.Of(run, candidate.Gpus, entry.At) : 0;
        var isProtected = candidate.Step == CutStep.Lottery && WorkAtRisk.IsProtected(run, entry.At);
        return candidate.Gpus < 1 || candidate.Gpus > run.Leases.Sum(lease => lease.Gpus()) || candidate.Loss != loss
            || isProtected;
    }

    private RunKey? FindOtherCut(CutDraw[] cuts)
    {
        foreach (var closing in entry.Close ?? [])
        {
            if (closing.Seed is not null && !cuts.Any(cut => cut.Run == closing.Run && cut.Part is null))
                return closing.Run;
        }
        foreach (var end in entry.End ?? [])
        {
            if (end.Reason is LeaseEndReason.DropSpare or LeaseEndReason.Shrink or LeaseEndReason.ReclaimUnfunded
                && !cuts.Any(cut => cut.Run == end.Run))
                return end.Run;
        }
        return null;
    }

    /// <summary>
    /// A cut without which the run would fit all the same. Of several steps of a run, only the last could be left out,
    /// and no spare of a group that ends.
    /// </summary>
    private CutDraw? FindNeedless(
        Resolution decision, CutDraw[] cuts, Dictionary<CutDraw, IReadOnlyList<Lease>> ended)
    {
        if (entry.Open is not { } opening)
            return cuts.FirstOrDefault();
        var waiting = state.Queue.Find(decision.For);
        var demand = opening.Demand ?? waiting?.RankedDemand;
        if (demand is null)
            return cuts.FirstOrDefault();
        var cover = CoverOf(opening);
        foreach (var cut in cuts)
        {
            if (cuts.SkipWhile(other => other != cut).Skip(1).Any(other => GoesWith(cut, other, ended[other])))
                continue;
            var reserved = ReservedSlices.AheadOf(
                state, demand, entry.At + state.ExpectedDuration(demand), waiting, null).Overlay
                ?? new SlotOverlay(state.Fleet);
            foreach (var lease in cuts.Where(other => other != cut).SelectMany(other => ended[other]))
            {
                foreach (var slots in lease.Slots)
                    reserved.Free(slots, lease.Role);
            }
            if (Gang.TryPlace(state.Fleet, demand, cover, reserved) is not null)
                return cut;
        }
        return null;
    }

    /// <summary>Whether a cut could not be left out because of a later one.</summary>
    private bool GoesWith(CutDraw cut, CutDraw later, IReadOnlyList<Lease> endedByLater) => later.Run == cut.Run
        && (later.Part is null || (cut.Step != CutStep.Spares ? later.Step == cut.Step
            : later.Step == CutStep.Shrink
                && ShrinkSteps.SparesWith(state.Running[cut.Run], endedByLater).Contains(cut.Part!.Value)));

    /// <summary>A run that goes on, and whose leases did not end as its parts were cut.</summary>
    private RunKey? FindOtherLoss(CutDraw[] cuts, Dictionary<CutDraw, IReadOnlyList<Lease>> ended)
    {
        var closed = (entry.Close ?? []).Select(closing => closing.Run).ToHashSet();
        foreach (var ofRun in cuts.Where(cut => !closed.Contains(cut.Run)).GroupBy(cut => cut.Run))
        {
            if (ofRun.Any(cut => cut.Part is null))
                return ofRun.Key;
            var lost = PartialCuts.Of(state.Running[ofRun.Key], ofRun.Select(cut => (cut.Step, ended[cut])));
            var ends = (entry.End ?? []).Where(end => end.Run == ofRun.Key);
            var rests = (entry.Swap ?? []).Where(rest => rest.Run == ofRun.Key).SelectMany(rest => rest.Leases);
            if (!lost.Ends(entry.At).SequenceEqual(ends.Select(end => end with { Seed = null }))
                || !lost.Leases().SelectMany(Slots).SequenceEqual(rests.SelectMany(Slots)))
                return ofRun.Key;
        }
        return null;
    }

    private static IEnumerable<(int Group, int Chunk, EnvelopeKey? Payer, NodeSlots Slots)> Slots(OpeningLease lease) =>
        lease.Slots.Select(slots => (lease.Group, lease.Chunk, lease.Payer, slots));

    /// <summary>The leases that each cut ended, with the slots that it took.</summary>
    private Dictionary<CutDraw, IReadOnlyList<Lease>> LeasesByCut(CutDraw[] cuts)
    {
        var byCut = new Dictionary<CutDraw, IReadOnlyList<Lease>>();
        foreach (var ofRun in cuts.GroupBy(cut => cut.Run))
        {
            var run = state.Running[ofRun.Key];
            var steps = ShrinkSteps.Of(run);
            foreach (var cut in ofRun)
            {
                byCut.Add(cut, cut switch
                {
                    { Part: null } => ShrinkSteps.Rest(run, byCut.Where(part => part.Key.Run == cut.Run)
                        .Select(part => part.Value)),
                    { Step: CutStep.Spares, Part: { } part } => [Elasticity.SparesOf(run).ElementAt(part)],
                    { Step: CutStep.Shrink, Part: { } part } =>
                        [.. steps[part].Where(static lease => lease.Role == LeaseRole.Active)],
                    { Part: { } part } => steps[part],
                });
            }
        }
        return byCut;
    }

    private Cover CoverOf(Opening opening) => new([.. opening.Leases.Select(lease => new CoverChunk(
        lease.Group, lease.Slots.Sum(slots => slots.Count), lease.Payer, FundingClass.Owned, lease.Role,
        lease.Payer is { } payer ? state.Funding.TermsOf(payer)?.Selector : null))]);
}

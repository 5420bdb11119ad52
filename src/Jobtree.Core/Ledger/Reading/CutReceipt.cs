using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>Why a run was cut, from the ledger entry that cut it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Flavor">The flavor.</param>
/// <param name="Sequence">The number of the entry.</param>
/// <param name="At">When.</param>
/// <param name="Rule">The rule in words.</param>
/// <param name="Seed">The seed of the lot in hexadecimal; absent if no lot was drawn.</param>
/// <param name="For">The run that needed the GPUs; absent if it was not cut for one.</param>
/// <param name="Claim">What that run started with: GPUs, slots and payers.</param>
/// <param name="Lot">How the lot fell, in a sentence; absent if none was drawn.</param>
/// <param name="Spared">What would have had to be different for the run to be spared, a sentence each.</param>
/// <param name="Funding">For unfunded work: how each envelope stood that its claims were on, and what of them was
/// beyond it, a sentence each. Absent if it was not cut for want of funding, or if the state of then is not kept.
/// </param>
public sealed record CutReceipt(RunKey Run, string Flavor, long Sequence, DateTimeOffset At, string Rule, string? Seed,
    RunKey? For, string? Claim, string? Lot, IReadOnlyList<string> Spared, IReadOnlyList<string>? Funding = null)
{
    /// <summary>Whether it was cut for want of funding.</summary>
    /// <param name="run">The run.</param>
    /// <param name="entry">The entry that cut it.</param>
    public static bool IsForFunding(RunKey run, LedgerEntry entry) =>
        Cut(run, entry)?.Reason == LeaseEndReason.ReclaimUnfunded;

    /// <summary>The receipt of a run; null if the entry did not cut it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="flavor">The flavor.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="link">The link of the entry's bytes; needed with the state.</param>
    /// <param name="before">The state before the entry, which is then applied to it; null if it is not known.</param>
    public static CutReceipt? Of(
        RunKey run, string flavor, LedgerEntry entry, string link = "", FlavorState? before = null)
    {
        if (Cut(run, entry) is not { } closing)
            return null;
        var draw = DrawReport.Of(flavor, entry);
        var cause = draw?.For ?? entry.Open?.Starts();
        return new CutReceipt(run, flavor, entry.Sequence, entry.At, EntrySentences.Rule(closing.Reason), closing.Seed,
            cause, entry.Open is { } opening && opening.Starts() == cause ? EntrySentences.Beginning(opening) : null,
            draw is null ? null : LotOf(run, draw), [.. Differently(run, closing.Reason, draw)],
            before is not null && IsForFunding(run, entry) ? CutFunding.Of(run, before, entry, link) : null);
    }

    private static Closing? Cut(RunKey run, LedgerEntry entry) =>
        (entry.Close ?? []).FirstOrDefault(cut => cut.Run == run && cut.Requeue);

    private static string? LotOf(RunKey run, DrawReport report)
    {
        var number = 0;
        while (number < report.Draws.Count && report.Draws[number].Run != run)
            number++;
        if (number == report.Draws.Count)
            return null;
        var draw = report.Draws[number];
        var loss = report.Candidates.FirstOrDefault(candidate => candidate.Run == run)?.Loss is { } lost
            ? EntrySentences.Text($", and lost {lost} GPU-seconds of work") : "";
        return EntrySentences.Text($"it was draw {number + 1} of {report.Draws.Count}, ")
            + EntrySentences.Text($"with {draw.Tickets} of {draw.TicketsOfAll} tickets{loss}");
    }

    private static IEnumerable<string> Differently(RunKey run, LeaseEndReason reason, DrawReport? report)
    {
        var candidate = report?.Candidates.FirstOrDefault(other => other.Run == run && other.IsDrawn);
        if (reason == LeaseEndReason.ReclaimUnfunded)
            yield return candidate?.Gpus is { } gpus
                ? $"funded: its {Counted.Of(gpus, "GPU")} {(gpus == 1 ? "was" : "were")} not, and funded work is not "
                    + "cut at this step"
                : "funded: funded work is not cut at this step";
        if (reason == LeaseEndReason.RandomPreempt)
            yield return "of an owner with a smaller share in use: a lottery only takes from owners whose share stays "
                + "far greater than the asker's";
        if (reason == LeaseEndReason.NodeFailure)
            yield return "a spare in its domain (sparesPerGroup), or a smaller minimum width (malleable)";
        if (candidate?.Loss is { } loss && report!.Candidates.Where(other => other.Step == candidate.Step
            && other.Run != run).Select(other => other.Loss).Min() is { } least && loss <= 2 * least)
            yield return EntrySentences.Text(
                $"more to lose: only those that lose at most twice the least ({Math.Min(least, loss)} GPU-seconds) ")
                + "can be drawn, and it lost " + EntrySentences.Text($"{loss}; checkpoints make a cut cheap, not rare");
        if (report?.Draws.FirstOrDefault(draw => draw.Run == run) is { } drawn && drawn.Tickets < drawn.TicketsOfAll)
            yield return EntrySentences.Text(
                $"luck: the chance to be drawn then was {drawn.Tickets} in {drawn.TicketsOfAll}");
    }
}

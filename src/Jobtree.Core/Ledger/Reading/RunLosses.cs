using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>
/// What an entry takes of a run that goes on: steps that an elastic run gives up, spares that are dropped, GPUs of a
/// node that failed.
/// </summary>
public static class RunLosses
{
    /// <summary>What an entry took of a run, with the claim that needed the GPUs.</summary>
    /// <param name="run">The run.</param>
    /// <param name="flavor">The flavor.</param>
    /// <param name="entry">The entry.</param>
    public static IEnumerable<RunHappening> Of(RunKey run, string flavor, LedgerEntry entry) =>
        Of(run, flavor, entry, withClaim: true);

    internal static IEnumerable<RunHappening> Of(RunKey run, string flavor, LedgerEntry entry, bool withClaim)
    {
        var claim = withClaim && CauseIn(entry) is { } cause && entry.Open is { } opening && opening.Starts() == cause
            ? $", which {EntrySentences.Beginning(opening)}" : "";
        foreach (var end in (entry.End ?? []).Where(end => end.Run == run).GroupBy(end => end.Reason))
        {
            var what = GpusDrawn(run, entry, end.Key) is > 0 and var gpus ? Counted.Of(gpus, "GPU")
                : Counted.Of(end.Count(), "lease");
            yield return new RunHappening(entry.At, flavor, entry.Sequence,
                end.Key == LeaseEndReason.Shrink ? "Shrunk" : end.Key.ToString(),
                $"gives up {what}: {EntrySentences.Rule(end.Key)}{For(entry, run)}{claim}", entry.By);
        }
    }

    /// <summary>The run for which an entry takes GPUs of others; null if for none.</summary>
    internal static RunKey? CauseIn(LedgerEntry entry) =>
        entry.Resolution?.For ?? entry.Lottery?.For ?? entry.Open?.Starts();

    /// <summary>The run for which an entry takes GPUs, as the end of a sentence.</summary>
    internal static string For(LedgerEntry entry, RunKey from) =>
        CauseIn(entry) is { } cause && cause != from ? $" for {cause}" : "";

    /// <summary>The GPUs that the run lost by lot; 0 if none was drawn.</summary>
    private static int GpusDrawn(RunKey run, LedgerEntry entry, LeaseEndReason reason)
    {
        CutStep? step = reason switch
        {
            LeaseEndReason.Shrink => CutStep.Shrink,
            LeaseEndReason.DropSpare => CutStep.Spares,
            LeaseEndReason.ReclaimUnfunded => CutStep.Unfunded,
            _ => null,
        };
        return entry.Resolution is not { } decision ? 0 : decision.Draws.Except(decision.Spared)
            .Where(draw => draw.Run == run && draw.Step == step)
            .Sum(draw => decision.Candidates.First(one => one.Run == run && one.Step == step && one.Part == draw.Part)
                .Gpus);
    }
}

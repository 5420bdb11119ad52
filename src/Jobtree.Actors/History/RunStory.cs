using Jobtree.Actors.Runs;
using Jobtree.Core;
using Jobtree.Core.Ledger.Reading;

namespace Jobtree.Actors.History;

/// <summary>
/// What happened to a run since its last submission, from two sources: its flavor's ledger, and the run's own record
/// for what its flavor never heard of. A run that follows others or is held is in no ledger meanwhile.
/// </summary>
internal static class RunStory
{
    /// <summary>The happenings in order.</summary>
    /// <param name="run">The run.</param>
    /// <param name="inLedger">What the ledger tells of this submission, in order.</param>
    public static IReadOnlyList<RunHappening> Of(RunRecord run, IReadOnlyList<RunHappening> inLedger)
    {
        RunHappening[] holds = [.. (run.Holds ?? []).Select(Of)];
        var rest = inLedger.AsEnumerable();
        var submitted = new RunHappening(run.SubmittedAt, null, 0, "Submitted",
            $"asks for {Counted.Of(run.Spec.Resources.TotalGPUs, "GPU")}", run.SubmittedBy);
        if (inLedger is [{ Kind: "Submitted" } asked, ..])
        {
            // The ledger tells when it asked, which is later if something kept it back before.
            rest = inLedger.Skip(1);
            if (run.Spec.Follow is null && !holds.Any(step => step.At <= asked.At))
                submitted = asked;
        }
        // The sort keeps the order of what happened at one instant: a run is held before it leaves the queue.
        List<RunHappening> events = [submitted, .. holds.Concat(rest).OrderBy(happened => happened.At)];
        if (run.IsOver && !inLedger.Any(happened => happened.At >= run.FinishedAt))
            events.Add(new RunHappening(run.FinishedAt!.Value, null, 0, run.Reason, run.Message ?? "ends"));
        return events;
    }

    /// <summary>What of it is not kept, a sentence each.</summary>
    /// <param name="run">The run.</param>
    public static IEnumerable<string> GapsOf(RunRecord run)
    {
        if (run.Holds is [{ Number: > 1 and var first }, ..])
            yield return $"The first {first - 1} of its holds and releases are not kept any more.";
    }

    private static RunHappening Of(HoldStep step) => step.IsRelease
        ? new RunHappening(step.At, null, 0, "Released", "may go on", step.By)
        : new RunHappening(step.At, null, 0, "Held", step.Reason is { } why ? $"is held: {why}" : "is held", step.By);
}

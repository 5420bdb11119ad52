using System.Globalization;
using Jobtree.Core;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>Applies each journal event to a run's record. Live and replayed events take the same path.</summary>
internal static class RunTransitions
{
    private const int LossesMax = 4;

    public static RunRecord Apply(RunKey key, RunRecord? before, RunEvent change)
    {
        var after = Next(key, before, change);
        if (change.MissesFacts)
            after = after with { MissesFactsAfter = before!.MissesFactsAfter ?? before.LastFact };
        else if (change.Fact is { } fact && before is { MissesFactsAfter: not null } && !before.IsMissing(fact))
            after = after with { MissesFactsAfter = null }; // Facts come in order: none from before is left.
        Check(before, after, change);
        return after;
    }

    private static RunRecord Next(RunKey key, RunRecord? before, RunEvent change)
    {
        if (change.Submitted is { } submission)
            return Submitted(key, before, submission, change.At);
        var run = before ?? throw new InvalidOperationException(
            $"The journal of {key} does not begin with its submission.");
        if (change.Fact is { } fact)
            return ApplyFact(run, fact);
        if (change.Ended is { } end)
            return Ended(run, end, change.At);
        if (change.Refused is { } refusal)
            return Refused(run, refusal, change.At);
        if (change.Waiting is { } step)
            return WaitingTransitions.Next(run, step, change.At);
        if (change.Resized is { } width)
            return Resized(run, width);
        return run with { Version = run.Version + 1, Spec = run.Spec with { Funding = change.Refunded },
            SubmittedSpec = run.SubmittedSpec ?? run.Spec };
    }

    private static void Check(RunRecord? before, RunRecord after, RunEvent change)
    {
        Invariant.Holds(after.Version == (before?.Version ?? 0) + 1, "Each record of a run makes its next version.");
        Invariant.Holds(after.Gpus > 0 == (after.Phase == RunPhase.Running), "A run holds GPUs while it runs, only.");
        Invariant.Holds(after.FinishedAt is not null == after.IsOver, "A run has an end when it is over, only.");
        Invariant.Holds(before is null || after.Attempt >= before.Attempt, "Attempts are counted upwards.");
        Invariant.Holds(before is not { IsOver: true } || change.Submitted is not null
            || (change.Fact is { } late && before.IsMissing(late)),
            "A run that is over changes by being submitted again, only, or learns what it used.");
    }

    private static RunRecord Submitted(RunKey key, RunRecord? before, Submission submission, DateTimeOffset at)
    {
        var seen = before?.LastFactElsewhere;
        var last = before?.LastFact ?? 0;
        if (before is not null && before.Spec.Resources.GpuType != submission.Spec.Resources.GpuType)
        {
            // Each flavor numbers its own entries. Remember the last one seen from the previous flavor, in case the run
            // is submitted to it again.
            seen = new Dictionary<string, long>(
                seen ?? new Dictionary<string, long>()) { [before.Spec.Resources.GpuType] = last };
            last = seen.GetValueOrDefault(submission.Spec.Resources.GpuType);
        }
        var submitted = new RunRecord
        {
            Key = key,
            Version = (before?.Version ?? 0) + 1,
            Spec = submission.Spec,
            Owner = submission.Owner,
            Labels = submission.Labels,
            SubmitOperation = submission.Operation,
            SubmittedBy = submission.By,
            EarlierOperations = before is null ? null : EarlierOperation.After(before),
            TraceParent = submission.TraceParent,
            SubmittedAt = at,
            PhaseSince = at,
            Attempt = before?.Attempt ?? 0,
            GpuSeconds = before?.GpuSeconds ?? default,
            LastFact = last,
            LastFactElsewhere = seen,
            MissesFactsAfter = before?.Spec.Resources.GpuType == submission.Spec.Resources.GpuType
                ? before.MissesFactsAfter : null,
        };
        return submission.Spec.Follow is null ? submitted : submitted.KeptBack();
    }

    // Each transition copies the record only once, because the record is among the largest allocations of an admission.
    private static RunRecord ApplyFact(RunRecord run, RunFact fact) =>
        run.IsMissing(fact) ? TakenLate(run, fact)
            : run.Hold is not null || fact.Kind == RunFactKind.Withdrawn ? WaitingTransitions.ApplyFact(run, fact)
            : ApplyToUnheld(run, fact);

    private static RunRecord TakenLate(RunRecord run, RunFact fact) => run with
    {
        Version = run.Version + 1,
        MissesFactsAfter = fact.Sequence,
        GpuSeconds = run.GpuSeconds + fact.GpuSeconds,
    };

    internal static RunRecord ApplyToUnheld(RunRecord run, RunFact fact) => fact.Kind switch
    {
        RunFactKind.Queued => Waits(run, fact, RunPhase.Pending, RunReasons.InQueue),
        RunFactKind.Reserved => Waits(run, fact, RunPhase.Reserved, RunReasons.Reserved),
        RunFactKind.Started => run with
        {
            Version = run.Version + 1,
            LastFact = fact.Sequence,
            IsDecided = true,
            Phase = RunPhase.Running,
            PhaseSince = fact.At,
            Reason = RunReasons.Bound,
            Message = null,
            Attempt = fact.Attempt,
            Gpus = fact.Gpus,
            StartedAt = fact.At,
        },
        RunFactKind.Cut => run with
        {
            Version = run.Version + 1,
            LastFact = fact.Sequence,
            IsDecided = true,
            Phase = RunPhase.Pending,
            PhaseSince = fact.At,
            Reason = fact.Reason.ToString(),
            Message = CutMessage(fact),
            LastCut = fact.Sequence,
            // The start of the attempt may never have been heard of.
            Attempt = Math.Max(run.Attempt, fact.Attempt),
            Gpus = 0,
            GpuSeconds = run.GpuSeconds + fact.GpuSeconds,
        },
        RunFactKind.Resized => run with
        {
            Version = run.Version + 1,
            LastFact = fact.Sequence,
            Gpus = fact.Gpus,
            Message = ResizedMessage(run, fact),
            Losses = fact.Began is null ? [.. (run.Losses ?? []).TakeLast(LossesMax - 1), fact.Sequence] : run.Losses,
        },
        _ => Ended(run, new RunEnd(fact.Reason, EndMessage(fact), "", fact.GpuSeconds, fact.Sequence,
            fact.Attempt), fact.At),
    };

    private static RunRecord Resized(RunRecord run, DesiredWidth width)
    {
        var submitted = width.IsSubmitted ? run.SubmittedSpec : run.SubmittedSpec ?? run.Spec;
        return run with
        {
            Version = run.Version + 1,
            Spec = WithDesired(run.Spec, width.Gpus),
            SubmittedSpec = width.IsSubmitted && submitted is not null ? WithDesired(submitted, width.Gpus) : submitted,
            EarlierOperations = EarlierOperation.With(run.EarlierOperations, width.Operation, "resized"),
        };
    }

    private static RunSpec WithDesired(RunSpec spec, int? gpus) =>
        spec with { Malleable = spec.Malleable! with { DesiredTotalGPUs = gpus } };

    private static RunRecord Waits(RunRecord run, RunFact fact, RunPhase phase, string reason) => run with
    {
        Version = run.Version + 1,
        LastFact = fact.Sequence,
        IsDecided = true,
        Phase = phase,
        PhaseSince = fact.At,
        Reason = reason,
        Message = null,
        Gpus = 0, // Its leases were cut before, if it ran.
    };

    private static RunRecord Ended(RunRecord run, RunEnd end, DateTimeOffset at) => run with
    {
        Version = run.Version + 1,
        LastFact = Math.Max(run.LastFact, end.Sequence),
        // The start of the last attempt may never have been heard of; the next submission counts on from it.
        Attempt = Math.Max(run.Attempt, end.Attempt),
        IsDecided = true,
        Phase = end.Reason == LeaseEndReason.Completed ? RunPhase.Completed : RunPhase.Failed,
        PhaseSince = at,
        Reason = end.Reason.ToString(),
        Message = end.Message,
        EndOperation = end.Operation,
        FinishedAt = at,
        Gpus = 0,
        GpuSeconds = run.GpuSeconds + end.GpuSeconds,
    };

    private static RunRecord Refused(RunRecord run, string refusal, DateTimeOffset at) => run with
    {
        Version = run.Version + 1,
        IsDecided = true,
        IsRefused = true,
        Phase = RunPhase.Failed,
        PhaseSince = at,
        Reason = nameof(RunEvent.Refused),
        Message = refusal,
        FinishedAt = at,
    };

    private static string? EndMessage(RunFact fact) => fact is { Reason: LeaseEndReason.NodeFailure, Node: { } node }
        ? string.Create(CultureInfo.InvariantCulture, $"Node {node} failed at {fact.At.UtcDateTime:u}; ")
            + "no spare could take over, the run could not go on narrower, and its onNodeFailure is fail."
        : null;

    private static string ResizedMessage(RunRecord run, RunFact fact)
    {
        var what = fact.Gpus > run.Gpus ? $"Grew from {run.Gpus} to {Counted.Of(fact.Gpus, "GPU")}"
            : fact.Gpus < run.Gpus ? $"Shrank from {run.Gpus} to {Counted.Of(fact.Gpus, "GPU")}"
            : "Its GPUs changed";
        var why = fact switch
        {
            { Node: { } node, Reason: LeaseEndReason.ReclaimedBySpare } => $": spares took their GPUs over from it "
                + $"when node {node} failed",
            { Node: { } node } => $": node {node} failed" + (fact.Gpus == run.Gpus ? ", and it goes on as wide" : ""),
            { Cause: { } cause } => $" so that {cause} could start",
            _ => "",
        };
        return $"{what} at {fact.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}{why}.";
    }

    private static string CutMessage(RunFact fact) => fact switch
    {
        { Reason: LeaseEndReason.NodeFailure, Node: { } node } => string.Create(
            CultureInfo.InvariantCulture, $"Cut at {fact.At.UtcDateTime:u} because node {node} failed."),
        { Reason: LeaseEndReason.ReclaimedBySpare, Node: { } node } => string.Create(
            CultureInfo.InvariantCulture, $"Cut at {fact.At.UtcDateTime:u} because it ran on spares of ")
            + $"{fact.Cause?.ToString() ?? "other runs"}, which took over when node {node} failed.",
        _ => ReclaimMessage(fact),
    };

    private static string ReclaimMessage(RunFact fact) => string.Create(
        CultureInfo.InvariantCulture,
        $"Cut at {fact.At.UtcDateTime:u} so that {fact.Cause?.ToString() ?? "another run"}, which is funded, "
        + $"could start; lottery seed {fact.Seed?[..12]}.");
}

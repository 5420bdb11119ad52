using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>How a run's record changes with each event of its journal. Live and replayed events go the same way.</summary>
internal static class RunTransitions
{
    public static RunRecord Apply(RunKey key, RunRecord? before, RunEvent change)
    {
        if (change.Submitted is { } submission)
            return Submitted(key, before, submission, change.At);
        var run = before ?? throw new InvalidOperationException($"The journal of {key} does not begin with its submission.");
        run = run with { Version = run.Version + 1 };
        if (change.Fact is { } fact)
            return Told(run, fact);
        if (change.Ended is { } end)
            return Ended(run, end, change.At);
        return run with { Spec = run.Spec with { Funding = change.Refunded }, SubmittedSpec = run.SubmittedSpec ?? run.Spec };
    }

    private static RunRecord Submitted(RunKey key, RunRecord? before, Submission submission, DateTimeOffset at)
    {
        var seen = before?.LastFactElsewhere;
        var last = before?.LastFact ?? 0;
        if (before is not null && before.Spec.Resources.GpuType != submission.Spec.Resources.GpuType)
        {
            // Each flavor numbers its own entries: what was seen of the one before is kept, should the name ever come back to it.
            seen = new Dictionary<string, long>(seen ?? new Dictionary<string, long>()) { [before.Spec.Resources.GpuType] = last };
            last = seen.GetValueOrDefault(submission.Spec.Resources.GpuType);
        }
        return new RunRecord
        {
            Key = key,
            Version = (before?.Version ?? 0) + 1,
            Spec = submission.Spec,
            Owner = submission.Owner,
            Labels = submission.Labels,
            SubmitOperation = submission.Operation,
            // A report of the last life's end that is repeated late must not end this one.
            EndOperation = before?.EndOperation,
            TraceParent = submission.TraceParent,
            SubmittedAt = at,
            PhaseSince = at,
            Attempt = before?.Attempt ?? 0,
            GpuSeconds = before?.GpuSeconds ?? default,
            LastFact = last,
            LastFactElsewhere = seen,
        };
    }

    private static RunRecord Told(RunRecord run, RunFact fact)
    {
        run = run with { LastFact = fact.Sequence, IsDecided = true };
        return fact.Kind switch
        {
            RunFactKind.Queued => To(run, RunPhase.Pending, fact.At, "InQueue", null),
            RunFactKind.Reserved => To(run, RunPhase.Reserved, fact.At, "Reserved", null),
            RunFactKind.Started => To(run, RunPhase.Running, fact.At, "Bound", null) with { Attempt = fact.Attempt, Gpus = fact.Gpus, StartedAt = fact.At },
            RunFactKind.Cut => To(run, RunPhase.Pending, fact.At, fact.Reason.ToString(), CutMessage(fact)) with { Gpus = 0, GpuSeconds = run.GpuSeconds + fact.GpuSeconds },
            _ => Ended(run, new RunEnd(fact.Reason, null, "", fact.GpuSeconds, fact.Sequence), fact.At),
        };
    }

    private static RunRecord Ended(RunRecord run, RunEnd end, DateTimeOffset at)
    {
        var phase = end.Reason == LeaseEndReason.Completed ? RunPhase.Completed : RunPhase.Failed;
        return To(run, phase, at, end.Reason.ToString(), end.Message) with
        {
            EndOperation = end.Operation,
            FinishedAt = at,
            Gpus = 0,
            GpuSeconds = run.GpuSeconds + end.GpuSeconds,
            LastFact = Math.Max(run.LastFact, end.Sequence),
            IsDecided = true,
        };
    }

    private static RunRecord To(RunRecord run, RunPhase phase, DateTimeOffset at, string reason, string? message) =>
        run with { Phase = phase, PhaseSince = at, Reason = reason, Message = message };

    private static string CutMessage(RunFact fact) => string.Create(
        CultureInfo.InvariantCulture, $"Cut at {fact.At.UtcDateTime:u} so that {fact.Cause?.ToString() ?? "another run"}, which is funded, could start; lottery seed {fact.Seed?[..12]}.");
}

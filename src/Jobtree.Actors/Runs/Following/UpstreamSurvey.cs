using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Following;

/// <summary>Decides what a following run does, from the records of the runs that it follows.</summary>
internal static class UpstreamSurvey
{
    /// <summary>The next step of a following run.</summary>
    /// <param name="run">The run; it has a gate.</param>
    /// <param name="upstreams">Its upstream runs in the order of its spec, with their records; null: never
    /// submitted.</param>
    /// <param name="now">The present.</param>
    public static UpstreamVerdict Judge(
        RunRecord run, IReadOnlyList<(string Name, RunRecord? Record)> upstreams, DateTimeOffset now)
    {
        var follow = run.Spec.Follow!;
        var grace = FollowMessages.Grace(follow);
        var haveCompleted = true;
        Dictionary<string, DateTimeOffset>? missing = null;
        foreach (var (name, record) in upstreams)
        {
            haveCompleted &= record is { Phase: RunPhase.Completed };
            if (record is not (null or { Phase: RunPhase.Failed }))
                continue;
            if (record is not null && follow.OnUpstreamFailure == UpstreamFailure.Fail)
                return new UpstreamVerdict(null, new UpstreamEnd(
                    RunReasons.UpstreamFailed, FollowMessages.FailsAtOnce(record)));
            var since = MissingSince(run, record);
            if (since + grace <= now)
                return new UpstreamVerdict(null, record is null
                    ? new UpstreamEnd(RunReasons.UpstreamMissing, FollowMessages.NeverSubmitted(
                        new RunKey(run.Key.Namespace, name), follow))
                    : new UpstreamEnd(RunReasons.UpstreamFailed, FollowMessages.NotAgain(record, follow)));
            (missing ??= []).Add(name, since);
        }
        if (haveCompleted)
            return new UpstreamVerdict(new UpstreamStep(true), null);
        return new UpstreamVerdict(IsSame(missing, run.Gate!.Missing) ? null : new UpstreamStep(false, missing), null);
    }

    /// <summary>
    /// Since when an upstream run is missing. It follows from the records alone, so that a restart or a late look does
    /// not lengthen the grace.
    /// </summary>
    private static DateTimeOffset MissingSince(RunRecord run, RunRecord? upstream) =>
        upstream?.FinishedAt is { } ended && ended > run.SubmittedAt ? ended : run.SubmittedAt;

    private static bool IsSame(
        Dictionary<string, DateTimeOffset>? found, IReadOnlyDictionary<string, DateTimeOffset>? known) =>
        (found?.Count ?? 0) == (known?.Count ?? 0)
        && (found is null || found.All(entry => known!.TryGetValue(entry.Key, out var since) && since == entry.Value));
}

/// <summary>The next step of a following run; at most one part is set.</summary>
/// <param name="Step">What to record; null: nothing is new.</param>
/// <param name="End">Why the run fails; null: it does not.</param>
internal sealed record UpstreamVerdict(UpstreamStep? Step, UpstreamEnd? End);

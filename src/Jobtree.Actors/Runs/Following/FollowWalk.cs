using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Following;

/// <summary>
/// Walks from a run to those that it follows, and on to those that they follow, as long as they wait themselves. Each
/// run records its submission before it walks, so of the runs of a cycle at least the last one finds it. It then fails,
/// and so do the others when they look at their upstream runs.
/// </summary>
internal static class FollowWalk
{
    /// <summary>The most waiting runs that a run may follow, directly and through others.</summary>
    public const int RunsMax = 1_000;

    /// <summary>Why a run must fail because of what it follows; null: it need not.</summary>
    /// <param name="fleet">The runs.</param>
    /// <param name="start">The run.</param>
    /// <param name="isNew">Whether the run was just submitted; only then is it told that it follows too many.</param>
    public static async ValueTask<UpstreamEnd?> FindFault(IFleet fleet, RunRecord start, bool isNew)
    {
        var followerOf = new Dictionary<RunKey, RunKey>();
        var toVisit = new Queue<RunRecord>([start]);
        for (var visited = 0; toVisit.TryDequeue(out var run); visited++)
        {
            if (visited > RunsMax)
                return isNew ? new UpstreamEnd(RunReasons.FollowLimit, FollowMessages.TooMany(RunsMax)) : null;
            foreach (var name in run.Spec.Follow!.After)
            {
                var upstream = new RunKey(run.Key.Namespace, name);
                if (!followerOf.TryAdd(upstream, run.Key))
                    continue;
                if (upstream == start.Key)
                    return new UpstreamEnd(RunReasons.FollowCycle, FollowMessages.Cycle(Cycle(followerOf, upstream)));
                if (await fleet.Run(upstream).Get() is { } record && LeadsOn(record, start))
                    toVisit.Enqueue(record);
            }
        }
        return null;
    }

    /// <summary>Whether a run waits for others, or did when it failed as part of a cycle in which the start may be.
    /// </summary>
    private static bool LeadsOn(RunRecord upstream, RunRecord start) => upstream.IsOver
        ? upstream.Reason == RunReasons.FollowCycle && upstream.FinishedAt >= start.SubmittedAt
        : upstream.Gate is not null;

    private static List<RunKey> Cycle(Dictionary<RunKey, RunKey> followerOf, RunKey start)
    {
        List<RunKey> cycle = [start];
        for (var at = followerOf[start]; at != start; at = followerOf[at])
            cycle.Add(at);
        cycle.Add(start);
        cycle.Reverse();
        return cycle;
    }
}

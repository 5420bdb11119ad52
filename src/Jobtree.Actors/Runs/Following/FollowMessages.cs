using System.Globalization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Following;

/// <summary>What is said of a run that follows others.</summary>
internal static class FollowMessages
{
    /// <summary>What a run waits for.</summary>
    /// <param name="run">A run with a gate.</param>
    public static string Waiting(RunRecord run)
    {
        var follow = run.Spec.Follow!;
        var waits = $"It waits for the end of {Join(follow.After)}.";
        if (run.Gate is not { Missing: { Count: > 0 } missing } gate)
            return waits;
        var names = Join([.. follow.After.Where(missing.ContainsKey)]);
        return $"{waits} It fails at {Time(gate.Deadline(Grace(follow))!.Value)} unless {names} "
            + $"{(missing.Count == 1 ? "is" : "are")} submitted; what failed must be submitted again.";
    }

    /// <summary>An upstream run failed, and that fails the run at once.</summary>
    public static string FailsAtOnce(RunRecord upstream) =>
        $"{Failed(upstream)}, and spec.follow.onUpstreamFailure is fail.";

    /// <summary>An upstream run failed and was not submitted again in time.</summary>
    public static string NotAgain(RunRecord upstream, Follow follow) =>
        $"{Failed(upstream)} and was not submitted again within {Duration.Format(Grace(follow))}.";

    /// <summary>An upstream run was not submitted in time.</summary>
    public static string NeverSubmitted(RunKey upstream, Follow follow) =>
        $"Its upstream run {upstream} was not submitted within {Duration.Format(Grace(follow))}.";

    /// <summary>Runs follow each other in a circle.</summary>
    public static string Cycle(IReadOnlyList<RunKey> cycle) =>
        $"No run of a cycle could ever start: {string.Join(" follows ", cycle)}.";

    /// <summary>A run follows more waiting runs than one may.</summary>
    public static string TooMany(int most) =>
        $"It follows, directly and through others, more than {most} runs that wait; at most {most} are allowed.";

    /// <summary>How long a run waits for a missing upstream run.</summary>
    public static TimeSpan Grace(Follow follow) => follow.Grace ?? Follow.GraceDefault;

    /// <summary>An instant as messages show it.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);

    private static string Failed(RunRecord upstream) =>
        $"Its upstream run {upstream.Key} failed at {Time(upstream.FinishedAt!.Value)} ({upstream.Reason})";

    private static string Join(IReadOnlyList<string> names) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";
}

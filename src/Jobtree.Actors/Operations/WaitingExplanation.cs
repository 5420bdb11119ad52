using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Explains a run that its flavor does not know, because a follow edge or a hold keeps it back.</summary>
internal static class WaitingExplanation
{
    /// <param name="fleet">The runs that it may follow.</param>
    /// <param name="run">The run.</param>
    public static async ValueTask<Explanation> Of(IFleet fleet, RunRecord run)
    {
        List<string> whyNot = [];
        List<string> sooner = [];
        if (run.Hold is not null)
            sooner.Add($"kubectl runs release {run.Key}");
        if (run.Gate is not null)
        {
            foreach (var name in run.Spec.Follow!.After)
            {
                var upstream = new RunKey(run.Key.Namespace, name);
                whyNot.Add(StateOf(upstream, await fleet.Run(upstream).Get()));
            }
        }
        var where = $"{run.Key} is kept back and holds nothing. {run.Message}";
        if (run is { Hold: not null, Gate: not null })
            where += $" {FollowMessages.Waiting(run)}";
        return new Explanation(run.Key, run.Phase, where, whyNot, [], sooner, null, []);
    }

    private static string StateOf(RunKey upstream, RunRecord? record) => record switch
    {
        null => $"{upstream} was not submitted yet.",
        { Phase: RunPhase.Completed } => $"{upstream} has completed.",
        { Phase: RunPhase.Failed } =>
            $"{upstream} failed at {FollowMessages.Time(record.FinishedAt!.Value)} ({record.Reason}).",
        _ => $"{upstream} is {record.Phase} since {FollowMessages.Time(record.PhaseSince)}.",
    };
}

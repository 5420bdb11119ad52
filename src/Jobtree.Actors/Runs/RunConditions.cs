using Jobtree.Actors.Flavors;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>
/// The six conditions of a run. Each is always present with a reason, and the phase agrees with them: a run is Waiting
/// if and only if a follow edge or a hold blocks it.
/// </summary>
internal static class RunConditions
{
    /// <param name="run">The record.</param>
    /// <param name="position">The run's position in its flavor, if known.</param>
    public static IReadOnlyList<Condition> Of(RunRecord run, RunPosition? position)
    {
        var isRunning = run.Phase == RunPhase.Running;
        var wasAdmitted = isRunning || (run.IsOver && run.StartedAt is not null);
        return
        [
            new(ConditionType.Admitted, wasAdmitted, wasAdmitted ? RunReasons.Bound : run.Reason,
                wasAdmitted ? run.StartedAt : run.PhaseSince),
            new(ConditionType.Scheduled, isRunning, isRunning ? "SlotsAssigned" : run.Reason,
                isRunning ? run.StartedAt : run.PhaseSince),
            new(ConditionType.Running, isRunning, isRunning ? "Started" : run.Reason,
                isRunning ? run.StartedAt : run.PhaseSince),
            Ended(run, ConditionType.Completed, RunPhase.Completed, "Completed", "NotCompleted", null),
            Ended(run, ConditionType.Failed, RunPhase.Failed, run.Reason, "NotFailed", run.Message),
            Blocked(run, position),
        ];
    }

    private static Condition Ended(
        RunRecord run, ConditionType type, RunPhase phase, string reason, string otherwise, string? message) =>
        run.Phase == phase ? new(type, true, reason, run.FinishedAt, message) : new(type, false, otherwise);

    private static Condition Blocked(RunRecord run, RunPosition? position)
    {
        if (run.Phase == RunPhase.Waiting)
            return new(ConditionType.Blocked, true, run.Reason, run.Hold?.Since ?? run.PhaseSince, run.Message);
        return position?.CoolsOffUntil is { } until
            ? new(ConditionType.Blocked, true, RunReasons.CoolingOff, run.PhaseSince,
                $"It comes back when it is expected to run for its protected time, at the latest at {until:u}.")
            : new(ConditionType.Blocked, false, "NotBlocked");
    }
}

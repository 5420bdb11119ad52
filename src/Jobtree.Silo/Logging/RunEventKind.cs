using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Logging;

/// <summary>What a record of a run means to an operator.</summary>
internal enum RunEventKind
{
    /// <summary>Nothing that is logged.</summary>
    None,

    /// <summary>Started at once.</summary>
    Bound,

    /// <summary>Waits with a reservation.</summary>
    Reserved,

    /// <summary>Waits without one.</summary>
    Waiting,

    /// <summary>Refused by its flavor.</summary>
    Refused,

    /// <summary>Started after it had waited.</summary>
    Started,

    /// <summary>Completed.</summary>
    Completed,

    /// <summary>Cut for other work; it waits again.</summary>
    Cut,

    /// <summary>Failed.</summary>
    Failed,

    /// <summary>Cancelled.</summary>
    Cancelled,
}

/// <summary>Tells the kind of an event from the records before and after it.</summary>
internal static class RunEventKinds
{
    /// <summary>Whether an event stops work before its end. There are few, and each matters.</summary>
    public static bool IsStop(RunEventKind kind) => kind >= RunEventKind.Cut;

    /// <summary>The kind of an event.</summary>
    /// <param name="before">The record before; null: none.</param>
    /// <param name="after">The record.</param>
    public static RunEventKind Of(RunRecord? before, RunRecord after)
    {
        if (after.IsRefused)
            return RunEventKind.Refused;
        if (before is null || !after.IsDecided)
            return RunEventKind.None;
        var isFirst = !before.IsDecided;
        return after.Phase switch
        {
            RunPhase.Running when before.Phase != RunPhase.Running =>
                isFirst ? RunEventKind.Bound : RunEventKind.Started,
            RunPhase.Reserved when isFirst || before.Phase != RunPhase.Reserved => RunEventKind.Reserved,
            RunPhase.Pending when before.Phase == RunPhase.Running => RunEventKind.Cut,
            RunPhase.Pending when isFirst => RunEventKind.Waiting,
            RunPhase.Completed => RunEventKind.Completed,
            RunPhase.Failed => after.Reason == nameof(LeaseEndReason.Cancelled) ? RunEventKind.Cancelled
                : RunEventKind.Failed,
            _ => RunEventKind.None,
        };
    }
}

using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Checks that what an entry changed is consistent, by reading it back from where decisions read it.
/// </summary>
internal static class AppliedEntry
{
    /// <summary>Checks the entry that a state applied last, where invariants are checked.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="entry">The entry.</param>
    public static void Check(FlavorState state, LedgerEntry entry)
    {
        if (!Invariant.IsChecked)
            return;
        Invariant.Holds(state.Spares >= 0, $"{state.Spares} GPUs count as spares.");
        foreach (var closing in entry.Close ?? [])
        {
            var waits = state.Queue.Find(closing.Run) is not null;
            Invariant.Holds(waits == closing.Requeue,
                $"{closing.Run} was closed and {(waits ? "waits" : "does not wait")}, against its entry.");
        }
        if (entry.Open is { } opening)
            CheckStarted(state, opening.Starts());
        for (var i = 0; i < entry.Swap?.Count; i++)
            CheckStarted(state, entry.Swap[i].Starts());
        for (var i = 0; i < entry.End?.Count; i++)
            Invariant.Holds(state.RunningWork.Find(entry.End[i].Run) is not { } left || left.Gpus() > 0,
                $"{entry.End[i].Run} runs on no GPU.");
    }

    private static void CheckStarted(FlavorState state, RunKey run)
    {
        var started = state.Running[run];
        Invariant.Holds(state.Queue.Find(run) is null, $"{run} runs and waits.");
        Invariant.Holds(started.Gpus() > 0, $"{run} runs on no GPU.");
        foreach (var lease in started.OpenLeases)
        {
            Invariant.Holds(lease.Run == run && lease.Id < state.NextLease,
                $"Lease {lease.Id} of {run} is not its own.");
            foreach (var slots in lease.Slots)
                Invariant.Holds((state.Fleet.UsedSlots(slots.Node) & slots.Mask) == slots.Mask,
                    $"Slots {slots} of lease {lease.Id} count as free.");
        }
    }
}

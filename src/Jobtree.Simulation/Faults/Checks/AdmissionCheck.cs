using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>No submission is admitted twice: once it has left the queue or its leases have ended, it never returns,
/// unless it was only held back.</summary>
/// <param name="found">Called with each violation.</param>
internal sealed class AdmissionCheck(Action<Violation> found)
{
    private readonly HashSet<(RunKey Run, DateTimeOffset SubmittedAt)> admitted = [];

    /// <summary>Looks at an entry before it is applied.</summary>
    public void Before(FlavorState state, LedgerEntry entry)
    {
        var demand = entry.Open?.Demand
            ?? (entry.Queue is { } queued && state.Queue.Find(queued.Run) is null ? queued : null);
        if (demand is not null && !admitted.Add((demand.Run, demand.SubmittedAt)))
            found(new Violation(12, "no submission is admitted twice",
                $"entry {entry.Sequence} admits {demand.Run} of {demand.SubmittedAt:O} again"));
        if (entry.Leave is { Held: true } left && state.Queue.Find(left.Run) is { } waiting)
            admitted.Remove((left.Run, waiting.Demand.SubmittedAt));
    }
}

using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>Where a spare takes over, nothing else is left: no filler keeps the slots of a spare that was swapped.
/// </summary>
/// <param name="found">Called with each violation.</param>
internal sealed class SwapCheck(Action<Violation> found)
{
    private readonly List<(RunKey Run, NodeSlots Slots)> taken = [];

    /// <summary>Looks at an entry before it is applied: a filler on what a swap takes must end with it.</summary>
    public void Before(FlavorState state, LedgerEntry entry)
    {
        taken.Clear();
        foreach (var swap in entry.Swap ?? [])
        {
            foreach (var slots in swap.Leases.Where(lease => lease.Role == LeaseRole.Active)
                .SelectMany(lease => lease.Slots))
            {
                taken.Add((swap.Starts(), slots));
                foreach (var filler in FillersOn(state, swap.Starts(), slots).Where(filler => !Ends(entry, filler)))
                    found(new Violation(1, "a filler leaves when its spare is swapped",
                        $"entry {entry.Sequence} has {swap.Starts()} take {slots}, where lease {filler.Id} of "
                        + $"{filler.Run} stays"));
            }
        }
    }

    /// <summary>Looks at the state after that entry.</summary>
    public void After(FlavorState state)
    {
        foreach (var (run, slots) in taken)
        {
            foreach (var other in FillersOn(state, run, slots))
                found(new Violation(1, "a filler leaves when its spare is swapped",
                    $"{run} has taken {slots}, where lease {other.Id} of {other.Run} is"));
        }
    }

    private static IEnumerable<Lease> FillersOn(FlavorState state, RunKey run, NodeSlots slots) =>
        state.Running.Values.Where(other => other.Demand.Run != run).SelectMany(other => other.Leases).Where(
            lease => lease.Role == LeaseRole.Active
                && lease.Slots.Any(held => held.Node == slots.Node && (held.Mask & slots.Mask) != 0));

    private static bool Ends(LedgerEntry entry, Lease lease) =>
        (entry.End ?? []).Any(end => end.Lease == lease.Id)
        || (entry.Close ?? []).Any(close => close.Run == lease.Run);
}

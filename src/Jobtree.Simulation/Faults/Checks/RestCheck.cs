using System.Numerics;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>A flavor at rest has decided everything that can be decided.</summary>
/// <param name="state">The flavor.</param>
/// <param name="found">Called with each violation.</param>
internal sealed class RestCheck(FlavorState state, Action<Violation> found)
{
    /// <summary>Checks the flavor.</summary>
    public void Check()
    {
        if (state.Sequence == 0)
            return;
        // A scheduler without the memory of the one that decided: its caches must have changed nothing.
        if (new Scheduler(state, new SchedulerOptions()).NextDecision(state.At) is { } left)
            found(new Violation(13, "what can be decided is decided",
                $"{state.Flavor} rests at entry {state.Sequence}, but would decide on "
                + $"{left.Open?.Run ?? left.Reserve?.Run ?? left.Lapse}"));
        CheckIdle();
        foreach (var node in state.Fleet.Nodes.Where(node => node.State == NodeState.Fenced))
        {
            if (state.Fleet.UsedSlots(node.Name) != 0)
                found(new Violation(2, "a fenced node has no lease", $"{node.Name} of {state.Flavor} is in use"));
        }
    }

    /// <summary>No run that may run anywhere waits while enough GPUs are idle that are kept for nobody.</summary>
    private void CheckIdle()
    {
        var kept = new Dictionary<string, ulong>();
        foreach (var slots in state.Queue.WithReservation.SelectMany(waiting => waiting.Reservation!.IntendedSlice))
            kept[slots.Node] = kept.GetValueOrDefault(slots.Node) | slots.Mask;
        var idle = state.Fleet.Nodes.Where(node => node.State == NodeState.Ready).Sum(node => BitOperations.PopCount(
            ((1UL << node.Gpus) - 1) & ~state.Fleet.UsedSlots(node.Name) & ~kept.GetValueOrDefault(node.Name)));
        // Who was cut again and again is held back for a while.
        var ready = state.Queue.Runs.Where(waiting => !waiting.IsHeldAt(state.At));
        foreach (var demand in ready.Select(waiting => waiting.Demand).Where(MayRunAnywhere))
        {
            if (demand.Gpus <= idle)
                found(new Violation(13, "no run waits beside idle GPUs",
                    $"{demand.Run} waits for {demand.Gpus} GPUs, and {idle} are idle and kept for nobody"));
        }
    }

    private static bool MayRunAnywhere(Demand demand) =>
        demand is { Selector: null, SparesPerGroup: 0 } && !demand.KeepsTogether();
}

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Everything that may happen in a life, with its weight.</summary>
internal static class Acts
{
    /// <summary>All of them. What the fleet learns to do is added here.</summary>
    public static IReadOnlyList<Act> All { get; } =
    [
        new("submit", 34, RunActs.Submit),
        new("submit again", 5, RunActs.SubmitAgain),
        new("repeat a command", 5, RunActs.Repeat),
        new("complete", 20, RunActs.Complete),
        new("complete a stale attempt", 3, RunActs.CompleteStale),
        new("cancel", 6, RunActs.Cancel),
        new("hold", 4, WaitActs.Hold),
        new("release", 4, WaitActs.Release),
        new("shrink", 3, WidthActs.Shrink),
        new("apply another width", 3, WidthActs.Apply),
        new("add a sponsor", 3, RunActs.AddSponsor),
        new("read", 4, RunActs.Read),
        new("cordon", 3, FleetActs.Cordon),
        new("uncordon", 6, FleetActs.Uncordon),
        new("drain", 2, FleetActs.Drain),
        new("fence", 2, FleetActs.Fence),
        new("fence under work", 3, FleetActs.FenceUnderWork),
        new("add a node", 2, FleetActs.PutNode),
        new("remove a node", 2, FleetActs.RemoveNode),
        new("change a budget", 5, FleetActs.PutBudget),
        new("delete a budget", 2, FleetActs.DeleteBudget),
        new("crash a silo", 2, FaultActs.Crash),
        new("cut off a silo", 2, FaultActs.CutOff),
        new("end an activation", 5, FaultActs.Kill),
        new("the store is away", 2, FaultActs.StoreAway),
    ];

    private static readonly int Sum = All.Sum(act => act.Weight);

    /// <summary>Draws one.</summary>
    public static Act Draw(Draws draws)
    {
        var at = draws.Below(Sum);
        foreach (var act in All)
        {
            at -= act.Weight;
            if (at < 0)
                return act;
        }
        throw new InvalidOperationException("The weights do not add up.");
    }
}

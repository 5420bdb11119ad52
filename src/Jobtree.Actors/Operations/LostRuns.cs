using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Ends what a flavor holds for runs that the store lost. A request of such a run may have been under way while the
/// loss was found and accepted, and have come to the flavor afterwards. Nobody else would ever end it: the run is not
/// there, and cannot be cancelled.
/// </summary>
public static class LostRuns
{
    /// <summary>Ends them, after the loss was accepted.</summary>
    /// <param name="fleet">The actors.</param>
    /// <param name="flavor">The flavor.</param>
    /// <param name="state">Its state, of which nothing later is looked at.</param>
    /// <param name="accepted">When the loss was accepted: what was submitted since is not lost.</param>
    /// <param name="by">Who asks for it.</param>
    /// <returns>How many there were.</returns>
    public static async ValueTask<int> End(
        IFleet fleet, string flavor, FlavorSnapshot state, DateTimeOffset accepted, string? by)
    {
        var ended = 0;
        foreach (var demand in state.Running.Select(static run => run.Demand)
            .Concat(state.Waiting.Select(static run => run.Demand)).Where(demand => demand.SubmittedAt < accepted))
        {
            if (await fleet.Run(demand.Run).Get() is { } run && run.SubmittedAt == demand.SubmittedAt)
                continue;
            await fleet.Flavor(flavor).Close(
                demand.Run, LeaseEndReason.Cancelled, new AttemptKey(demand.SubmittedAt), by);
            ended++;
        }
        return ended;
    }
}

using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;

namespace Jobtree.Simulation.Faults.Breaks;

/// <summary>Delivers each batch of a flavor's facts in the reverse of the order in which they happened.</summary>
/// <param name="flavor">The flavor.</param>
/// <param name="fleet">The receivers.</param>
internal sealed class ReversedCourier(FlavorActor flavor, IFleet fleet)
{
    private const int BatchMax = 256;

    /// <summary>Delivers until nothing is left.</summary>
    public async ValueTask Deliver()
    {
        while (flavor.HasUndelivered)
        {
            var batch = await flavor.Undelivered(BatchMax);
            foreach (var (envelope, facts) in batch.Envelopes)
            {
                foreach (var entry in facts.Changes.GroupBy(change => change.Sequence).Reverse())
                    await fleet.Envelope(envelope).Notify(facts with { Changes = [.. entry] });
            }
            foreach (var fact in batch.Runs.Reverse())
                await fleet.Run(fact.Run).Notify(fact);
            flavor.Delivered(batch.UpTo);
        }
    }
}

using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Delivers what a flavor has to tell: to all receivers of a batch side by side, to each in order. What fails stays in the outbox, and with it all that comes after, so it is to be tried again.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="fleet">The receivers.</param>
public sealed class FlavorCourier(FlavorActor flavor, IFleet fleet)
{
    /// <summary>The most ledger entries whose facts are under way at a time.</summary>
    private const int BatchMax = 256;

    private readonly List<Task> underWay = [];
    private readonly HashSet<RunKey> addressed = [];

    /// <summary>Delivers until nothing is left. One call at a time.</summary>
    public async ValueTask Deliver()
    {
        while (flavor.HasUndelivered)
        {
            var batch = await flavor.Undelivered(BatchMax);
            foreach (var (envelope, facts) in batch.Envelopes)
                Send(fleet.Envelope(envelope).Notify(facts));
            foreach (var fact in batch.Runs)
            {
                if (!addressed.Add(fact.Run))
                {
                    // A message under way may be overtaken: the next one to the same run waits for it.
                    await Arrival();
                    addressed.Add(fact.Run);
                }
                Send(fleet.Run(fact.Run).Notify(fact));
            }
            await Arrival();
            flavor.Delivered(batch.UpTo);
        }
    }

    private void Send(ValueTask message)
    {
        if (!message.IsCompletedSuccessfully)
            underWay.Add(message.AsTask());
    }

    private async ValueTask Arrival()
    {
        addressed.Clear();
        if (underWay.Count == 0)
            return;
        Task[] sent = [.. underWay];
        underWay.Clear();
        await Task.WhenAll(sent);
    }
}

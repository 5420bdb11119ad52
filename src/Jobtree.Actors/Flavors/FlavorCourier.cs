using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Delivers what a flavor has to tell: to all receivers of a batch side by side, to each in order. What fails stays in
/// the outbox, and with it all that comes after, so it is to be tried again.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="fleet">The receivers.</param>
public sealed class FlavorCourier(FlavorActor flavor, IFleet fleet)
{
    /// <summary>About how many facts are under way at a time.</summary>
    private const int BatchMax = 256;

    /// <summary>
    /// Delivers until nothing is left. Should it be called twice at a time, some facts arrive twice, which receivers
    /// ignore.
    /// </summary>
    public async ValueTask Deliver()
    {
        List<Task> underWay = [];
        HashSet<RunKey>? addressed = null;
        while (flavor.HasUndelivered)
        {
            var batch = await flavor.Undelivered(BatchMax);
            foreach (var (envelope, facts) in batch.Envelopes)
                Send(fleet.Envelope(envelope).Notify(facts), underWay);
            foreach (var fact in batch.Runs)
            {
                if (!(addressed ??= []).Add(fact.Run))
                {
                    // A message under way may be overtaken: the next one to the same run waits for it.
                    await Task.WhenAll(underWay);
                    underWay.Clear();
                }
                Send(fleet.Run(fact.Run).Notify(fact), underWay);
            }
            await Task.WhenAll(underWay);
            underWay.Clear();
            addressed?.Clear();
            flavor.Delivered(batch.UpTo);
        }
    }

    private static void Send(ValueTask message, List<Task> underWay)
    {
        if (!message.IsCompletedSuccessfully)
            underWay.Add(message.AsTask());
    }
}

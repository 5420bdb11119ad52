using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Delivers a flavor's facts: concurrently to all receivers of a batch, in order to each one. A failed batch stays in
/// the outbox and is retried. A receiver that fails repeatedly is set aside with its facts, so that the others still
/// get theirs.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="fleet">The receivers.</param>
public sealed class FlavorCourier(FlavorActor flavor, IFleet fleet)
{
    /// <summary>The approximate number of facts in flight at a time.</summary>
    private const int BatchMax = 256;

    /// <summary>The number of consecutive failures after which a receiver is set aside.</summary>
    private const int FailuresMax = 3;

    private readonly Dictionary<OutboxReceiver, int> failures = [];

    /// <summary>
    /// Whether a failure may be the receiver's own and not due to an unavailable store. If absent, no receiver is ever
    /// set aside.
    /// </summary>
    public Func<bool>? MayBlameReceiver { get; init; }

    /// <summary>Called once for each receiver that is set aside, with the reason.</summary>
    public Action<ActorKey, Exception>? WasSetAside { get; init; }

    /// <summary>
    /// Delivers until nothing is left. Concurrent calls may deliver facts twice; receivers ignore repeats.
    /// </summary>
    /// <exception cref="Exception">A receiver's failure; deliver again later.</exception>
    public async ValueTask Deliver()
    {
        var sending = new Sending(fleet);
        while (flavor.HasUndelivered)
        {
            var batch = await flavor.Undelivered(BatchMax);
            await sending.Send(batch);
            if (sending.Failed.Count > 0)
                SetAsideOrThrow(sending.Failed);
            else if (failures.Count > 0)
                failures.Clear();
            flavor.Delivered(batch.UpTo);
        }
    }

    /// <summary>
    /// Retries the receivers that are set aside. A receiver that takes all its facts is an ordinary one again.
    /// </summary>
    public async ValueTask RetrySetAside()
    {
        foreach (var receiver in flavor.Outbox.SetAside)
        {
            var sending = new Sending(fleet);
            if (await flavor.BeginCatchUp(receiver) is { } whole)
            {
                await sending.Send(whole);
                flavor.EndCatchUp(receiver, taken: sending.Failed.Count == 0);
                if (sending.Failed.Count > 0)
                    continue;
            }
            while (await flavor.UndeliveredTo(receiver, BatchMax) is { UpTo: > 0 } batch)
            {
                await sending.Send(batch);
                if (sending.Failed.Count > 0)
                    break;
                flavor.Outbox.DropSetAside(receiver, batch);
            }
        }
    }

    private void SetAsideOrThrow(Dictionary<OutboxReceiver, Exception> failed)
    {
        foreach (var receiver in failures.Keys.Except(failed.Keys).ToArray())
            failures.Remove(receiver);
        var mayBlame = MayBlameReceiver?.Invoke() == true;
        Exception? left = null;
        foreach (var (receiver, failure) in failed)
        {
            failures[receiver] = failures.GetValueOrDefault(receiver) + 1;
            if (!mayBlame || failures[receiver] < FailuresMax)
            {
                left ??= failure;
                continue;
            }
            flavor.Outbox.SetAsideReceiver(receiver);
            failures.Remove(receiver);
            WasSetAside?.Invoke(receiver.ToActor(), failure);
        }
        if (left is not null)
            throw left;
    }

    /// <summary>The messages of one batch, and the receivers that did not take theirs.</summary>
    private sealed class Sending(IFleet fleet)
    {
        private readonly List<(OutboxReceiver Receiver, Task Message)> underWay = [];
        private readonly HashSet<RunKey> addressed = [];

        /// <summary>The receivers that did not take a message of the last batch, and why.</summary>
        public Dictionary<OutboxReceiver, Exception> Failed { get; } = [];

        public async ValueTask Send(OutboxBatch batch)
        {
            Failed.Clear();
            foreach (var (envelope, facts) in batch.Envelopes)
                Begin(new OutboxReceiver(null, envelope), (fleet, envelope, facts), static message =>
                    message.fleet.Envelope(message.envelope).Notify(message.facts));
            foreach (var fact in batch.Runs)
            {
                // Messages in flight may overtake each other, so a second message to the same run waits.
                if (!addressed.Add(fact.Run))
                    await WaitForAll();
                Begin(new OutboxReceiver(fact.Run, null), (fleet, fact), static message =>
                    message.fleet.Run(message.fact.Run).Notify(message.fact));
            }
            await WaitForAll();
            addressed.Clear();
        }

        private void Begin<TMessage>(OutboxReceiver receiver, TMessage message, Func<TMessage, ValueTask> notify)
        {
            // Facts that the receiver did not take must be delivered before newer ones.
            if (Failed.Count > 0 && Failed.ContainsKey(receiver))
                return;
            try
            {
                var sent = notify(message);
                if (!sent.IsCompletedSuccessfully)
                    underWay.Add((receiver, sent.AsTask()));
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Failed[receiver] = failure;
            }
        }

        private async ValueTask WaitForAll()
        {
            foreach (var (receiver, message) in underWay)
            {
                try
                {
                    await message;
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    Failed[receiver] = failure;
                }
            }
            underWay.Clear();
        }
    }
}

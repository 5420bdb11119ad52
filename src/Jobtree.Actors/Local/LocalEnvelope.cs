using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Local;

/// <summary>An envelope in this process: its actor behind a lane.</summary>
internal sealed class LocalEnvelope(EnvelopeActor actor) : IEnvelope
{
    private readonly Lane lane = new();

    public EnvelopeActor Actor => actor;

    public ValueTask Notify(EnvelopeFacts facts) =>
        lane.Turn((actor, facts), static call => call.actor.Notify(call.facts));

    public ValueTask<EnvelopeMeter> Usage() => lane.Turn(actor, static envelope => envelope.Usage());

    public ValueTask<(long Sequence, byte[] State)> Snapshot() =>
        lane.Turn(actor, static envelope => ValueTask.FromResult(envelope.Snapshot()));
}

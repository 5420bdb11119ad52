using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Local;

/// <summary>An envelope in this process: its actor behind a lane.</summary>
internal sealed class LocalEnvelope(EnvelopeActor actor) : IEnvelope
{
    private readonly Lane lane = new();

    public EnvelopeActor Actor => actor;

    public async ValueTask Notify(EnvelopeFacts facts)
    {
        await lane.Enter();
        try
        {
            await actor.Notify(facts);
        }
        finally
        {
            lane.Leave();
        }
    }

    public ValueTask<EnvelopeMeter> Usage() => Turn(static envelope => envelope.Usage());

    public ValueTask<(long Sequence, byte[] State)> Snapshot() => Turn(static envelope => ValueTask.FromResult(envelope.Snapshot()));

    private async ValueTask<TAnswer> Turn<TAnswer>(Func<EnvelopeActor, ValueTask<TAnswer>> turn)
    {
        await lane.Enter();
        try
        {
            return await turn(actor);
        }
        finally
        {
            lane.Leave();
        }
    }
}

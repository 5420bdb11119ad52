using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>Whom a fact is for: a run or an envelope.</summary>
internal readonly record struct OutboxReceiver(RunKey? Run, EnvelopeKey? Envelope)
{
    public ActorKey ToActor() => Run is { } run ? new ActorKey(ActorKind.Run, run.ToString())
        : new ActorKey(ActorKind.Envelope, Envelope.ToString()!);
}

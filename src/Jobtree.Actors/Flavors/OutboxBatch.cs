using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>Facts that a flavor has to tell, in order.</summary>
/// <param name="UpTo">The number of the last entry that they come from; 0: there are none.</param>
/// <param name="Runs">For runs.</param>
/// <param name="Envelopes">For envelopes, one batch each.</param>
public sealed record OutboxBatch(
    long UpTo, IReadOnlyList<RunFact> Runs, IReadOnlyList<(EnvelopeKey Envelope, EnvelopeFacts Facts)> Envelopes)
{
    /// <summary>Nothing to tell.</summary>
    public static OutboxBatch Empty { get; } = new(0, [], []);
}

/// <summary>What follows from one ledger entry and is still to be told.</summary>
/// <param name="Sequence">The entry's number.</param>
/// <param name="Runs">For runs.</param>
/// <param name="Funding">For envelopes.</param>
public sealed record OutboxItem(long Sequence, IReadOnlyList<RunFact> Runs, IReadOnlyList<FundingChange> Funding);

/// <summary>Whom a fact is for: a run or an envelope.</summary>
internal readonly record struct OutboxReceiver(RunKey? Run, EnvelopeKey? Envelope)
{
    public ActorKey ToActor() => Run is { } run ? new ActorKey(ActorKind.Run, run.ToString())
        : new ActorKey(ActorKind.Envelope, Envelope.ToString()!);
}

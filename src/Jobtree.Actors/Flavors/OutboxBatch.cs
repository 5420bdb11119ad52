using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>Facts that a flavor has to deliver, in order.</summary>
/// <param name="UpTo">The number of the last ledger entry with facts in the batch; 0 if empty.</param>
/// <param name="Runs">The facts for runs.</param>
/// <param name="Envelopes">The facts for envelopes, one batch each.</param>
public sealed record OutboxBatch(
    long UpTo, IReadOnlyList<RunFact> Runs, IReadOnlyList<(EnvelopeKey Envelope, EnvelopeFacts Facts)> Envelopes)
{
    /// <summary>A batch without facts.</summary>
    public static OutboxBatch Empty { get; } = new(0, [], []);
}

/// <summary>The undelivered facts of one ledger entry.</summary>
/// <param name="Sequence">The entry's number.</param>
/// <param name="Runs">The facts for runs.</param>
/// <param name="Funding">The facts for envelopes.</param>
public sealed record OutboxItem(long Sequence, IReadOnlyList<RunFact> Runs, IReadOnlyList<FundingChange> Funding);

/// <summary>An envelope that took no facts for so long that they were dropped.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Since">The number of the first entry whose facts were dropped.</param>
public sealed record OutboxBehind(EnvelopeKey Envelope, long Since);

/// <summary>The receiver of a fact: a run or an envelope.</summary>
internal readonly record struct OutboxReceiver(RunKey? Run, EnvelopeKey? Envelope)
{
    public ActorKey ToActor() => Run is { } run ? new ActorKey(ActorKind.Run, run.ToString())
        : new ActorKey(ActorKind.Envelope, Envelope.ToString()!);
}

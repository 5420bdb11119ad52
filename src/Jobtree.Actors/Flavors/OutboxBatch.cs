using Jobtree.Actors.Envelopes;
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

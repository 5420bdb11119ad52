using Jobtree.Core.Funding;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>What follows from one ledger entry and is still to be told.</summary>
/// <param name="Sequence">The entry's number.</param>
/// <param name="Runs">For runs.</param>
/// <param name="Funding">For envelopes.</param>
public sealed record OutboxItem(long Sequence, IReadOnlyList<RunFact> Runs, IReadOnlyList<FundingChange> Funding);

using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>What pending reservations will claim before a demand that is weighed. By default nothing.</summary>
/// <param name="queue">The waiting runs, set for the demand.</param>
/// <param name="counted">Which reservations of the claim's own relation count; absent: those ahead of the demand.
/// </param>
/// <param name="payers">The family.</param>
internal readonly struct Commitments(WaitingRuns queue, CountedCommitments? counted, PayerTable payers)
{
    /// <summary>GPUs of an envelope that come before a claim of a relation.</summary>
    public int Before(Payer payer, Relation relation) =>
        queue is null || payer.CommittedIn(queue) is not { } commitment ? 0
            : commitment.Before(payer, relation, payers, counted ?? queue.Counted);
}

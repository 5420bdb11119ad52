using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>What pending reservations will claim before a demand. By default nothing.</summary>
/// <param name="queue">The waiting runs.</param>
/// <param name="submittedBy">When the demand was submitted, in UTC ticks: reservations of the claim's own relation come
/// before it if their runs were submitted no later.</param>
/// <param name="payers">The family.</param>
internal readonly struct Commitments(WaitingRuns queue, long submittedBy, PayerTable payers)
{
    /// <summary>GPUs of an envelope that come before a claim of a relation.</summary>
    public int Before(Payer payer, Relation relation) => queue is null ? 0
        : payer.CommittedIn(queue)?.Before(payer, relation, submittedBy, payers) ?? 0;
}

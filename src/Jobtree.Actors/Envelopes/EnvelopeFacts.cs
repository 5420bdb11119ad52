using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>Changes to the claims on an envelope.</summary>
/// <param name="Flavor">The flavor that reports them.</param>
/// <param name="Changes">The changes in ledger order; all changes of one entry are in one batch.</param>
/// <param name="IsWhole">Whether the changes are all claims that there are, of one instant: what is not among them has
/// ended. A flavor sends this to an envelope that took no facts for too long. Absent: they are changes.</param>
public sealed record EnvelopeFacts(string Flavor, IReadOnlyList<ClaimChange> Changes, bool? IsWhole = null);

/// <summary>A claim on an envelope, valid from an instant.</summary>
/// <param name="Sequence">The number of the ledger entry that caused the change.</param>
/// <param name="Lease">The claiming lease.</param>
/// <param name="Run">The lease's run.</param>
/// <param name="Gpus">The number of GPUs claimed.</param>
/// <param name="Spare">Whether the lease is a spare.</param>
/// <param name="Class">The claim's class; absent if the claim has ended, or is on the envelope no more.</param>
/// <param name="At">When the change takes effect.</param>
/// <param name="Former">Given instead of a claim: the budget that was charged until then.</param>
public sealed record ClaimChange(
    long Sequence, long Lease, RunKey Run, int Gpus, bool Spare, FundingClass? Class, DateTimeOffset At,
    FormerBudget? Former = null);

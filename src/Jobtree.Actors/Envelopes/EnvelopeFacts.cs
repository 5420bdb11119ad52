using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>Changes of the claims on an envelope.</summary>
/// <param name="Flavor">The flavor that tells.</param>
/// <param name="Changes">In order of ledger entries; all changes of one entry are in one batch.</param>
public sealed record EnvelopeFacts(string Flavor, IReadOnlyList<ClaimChange> Changes);

/// <summary>A claim on an envelope from an instant on.</summary>
/// <param name="Sequence">The number of the ledger entry that it follows from.</param>
/// <param name="Lease">The lease that claims.</param>
/// <param name="Run">Its run.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Spare">Whether it is a spare.</param>
/// <param name="Class">Its class; absent: the claim is gone.</param>
/// <param name="At">From when.</param>
public readonly record struct ClaimChange(
    long Sequence, long Lease, RunKey Run, int Gpus, bool Spare, FundingClass? Class, DateTimeOffset At);

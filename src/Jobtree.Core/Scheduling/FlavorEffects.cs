using Jobtree.Core.Funding;

namespace Jobtree.Core.Scheduling;

/// <summary>What follows from ledger entries for others: what runs and envelopes are to be told, in order.</summary>
public sealed class FlavorEffects
{
    /// <summary>For runs.</summary>
    public List<RunFact> Runs { get; } = [];

    /// <summary>For envelopes.</summary>
    public List<FundingChange> Funding { get; } = [];
}

using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What follows from ledger entries for others: what runs and envelopes are to be told, in order.</summary>
public sealed class FlavorEffects
{
    /// <summary>For runs.</summary>
    public List<RunFact> Runs { get; } = [];

    /// <summary>What a run is to be told; null: nothing.</summary>
    /// <param name="run">The run.</param>
    public RunFact? About(RunKey run)
    {
        foreach (var fact in Runs)
        {
            if (fact.Run == run)
                return fact;
        }
        return null;
    }

    /// <summary>For envelopes.</summary>
    public List<FundingChange> Funding { get; } = [];
}

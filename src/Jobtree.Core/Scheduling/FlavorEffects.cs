using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The facts that follow from ledger entries for runs and envelopes, in order.</summary>
public sealed class FlavorEffects
{
    /// <summary>For runs.</summary>
    public List<RunFact> Runs { get; } = [];

    /// <summary>The fact about a run; null: there is none.</summary>
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

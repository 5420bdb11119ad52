using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>Facts for runs and envelopes that follow from ledger entries, in order.</summary>
public sealed class FlavorEffects
{
    /// <summary>Facts for runs.</summary>
    public List<RunFact> Runs { get; } = [];

    /// <summary>The fact about a run. Null if there is none.</summary>
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

    /// <summary>Facts for envelopes.</summary>
    public List<FundingChange> Funding { get; } = [];
}

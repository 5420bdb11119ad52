using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>The share of every owner in a flavor at an instant, for the lottery.</summary>
internal sealed class OwnerShares
{
    private readonly Dictionary<string, int> funded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> concurrency = new(StringComparer.Ordinal);

    public OwnerShares(FlavorState state, DateTimeOffset at)
    {
        foreach (var run in state.RunningRuns)
        {
            var gpus = run.Meter.Gpus - run.Meter.UnfundedGpus;
            funded[run.Demand.Owner] = funded.GetValueOrDefault(run.Demand.Owner) + gpus;
        }
        foreach (var (_, owner, terms) in state.Funding.Envelopes)
        {
            if (terms.IsOpen(at))
                concurrency[owner] = concurrency.GetValueOrDefault(owner) + terms.Concurrency;
        }
    }

    public OwnerShare Of(string owner) => new(funded.GetValueOrDefault(owner), concurrency.GetValueOrDefault(owner));
}

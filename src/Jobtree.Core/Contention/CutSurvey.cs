using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// What there is to cut in a flavor, in sums: most demands that cannot be served by cuts are refused by it without a
/// search.
/// </summary>
/// <param name="state">The flavor.</param>
internal sealed class CutSurvey(FlavorState state)
{
    private readonly Dictionary<string, int> concurrency = new(StringComparer.Ordinal);
    private long? termsVersion;

    /// <summary>The share of an owner now.</summary>
    /// <param name="owner">The owner.</param>
    public OwnerShare ShareOf(string owner) =>
        state.Uses.TryGetValue(owner, out var use) ? ShareOf(use) : new OwnerShare(0, ConcurrencyOf(owner));

    /// <summary>The share of an owner with running runs now.</summary>
    /// <param name="use">What it holds.</param>
    public OwnerShare ShareOf(OwnerUse use) => new(use.FundedGpus, ConcurrencyOf(use.Owner));

    /// <summary>Whether enough GPUs may be cut for a demand, as far as sums tell.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who pays for it. Wholly funded.</param>
    /// <param name="at">The instant of the cuts.</param>
    /// <param name="recalls">See <see cref="Resolver"/>.</param>
    /// <param name="gap">See <see cref="SchedulerOptions.LotteryGap"/>.</param>
    public bool MayBeEnough(Demand demand, Cover cover, DateTimeOffset at, bool recalls, int gap)
    {
        var wanted = demand.Gpus - state.Fleet.Free;
        if (wanted <= 0 || state.ElasticRuns > 0)
            return true; // Enough is free, but not together; or what can shrink would have to be looked at.
        wanted -= state.Spares + (recalls ? state.Funding.ReclaimUpperBound(cover, wanted)
            : state.Funding.UnfundedGpus);
        if (wanted <= 0)
            return true;
        var asker = ShareOf(demand.Owner);
        foreach (var use in state.Uses.Values)
        {
            if (ShareOf(use).MayLose(asker, gap) is > 0 and var mayLose)
                wanted -= UnprotectedOf(use, at, Math.Min(mayLose, wanted));
            if (wanted <= 0)
                return true;
        }
        return false;
    }

    /// <summary>GPUs of an owner's runs that are not protected at an instant. Stops once there are enough.</summary>
    private static int UnprotectedOf(OwnerUse use, DateTimeOffset at, int enough)
    {
        var gpus = 0;
        foreach (var run in use.Runs)
        {
            gpus += WorkAtRisk.IsProtected(run, at) ? 0 : run.Gpus();
            if (gpus >= enough)
                return enough;
        }
        return gpus;
    }

    private int ConcurrencyOf(string owner)
    {
        if (termsVersion != state.Funding.TermsVersion)
        {
            termsVersion = state.Funding.TermsVersion;
            concurrency.Clear();
            foreach (var (_, payer, terms) in state.Funding.Envelopes)
            {
                if (terms.IsOpen(state.At))
                    concurrency[payer] = concurrency.GetValueOrDefault(payer) + terms.Concurrency;
            }
        }
        return concurrency.GetValueOrDefault(owner);
    }
}

using System.Runtime.InteropServices;
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
    private const int InstantsMax = 8;

    private readonly Dictionary<string, int> concurrency = new(StringComparer.Ordinal);
    private readonly Dictionary<DateTimeOffset, Dictionary<string, int>> unprotected = [];
    private long? termsVersion;
    private long? unprotectedAt;

    /// <summary>The share of an owner now.</summary>
    /// <param name="owner">The owner.</param>
    public OwnerShare ShareOf(string owner) =>
        new(state.Uses.GetValueOrDefault(owner)?.FundedGpus ?? 0, ConcurrencyOf(owner));

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
        foreach (var (owner, gpus) in UnprotectedAt(at))
        {
            wanted -= Math.Clamp(ShareOf(owner).MayLose(asker, gap), 0, gpus);
            if (wanted <= 0)
                return true;
        }
        return false;
    }

    /// <summary>
    /// GPUs of the runs that are not protected at an instant, by owner. Several searches of one decision and the next
    /// ask for the same instants.
    /// </summary>
    private Dictionary<string, int> UnprotectedAt(DateTimeOffset at)
    {
        if (unprotectedAt != state.Funding.Changes || unprotected.Count > InstantsMax)
            unprotected.Clear();
        unprotectedAt = state.Funding.Changes; // It grows with every lease that opens or ends.
        if (unprotected.TryGetValue(at, out var byOwner))
            return byOwner;
        unprotected.Add(at, byOwner = new(StringComparer.Ordinal));
        foreach (var run in state.RunningRuns)
        {
            if (!WorkAtRisk.IsProtected(run, at))
                CollectionsMarshal.GetValueRefOrAddDefault(byOwner, run.Demand.Owner, out _) += run.Gpus();
        }
        return byOwner;
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

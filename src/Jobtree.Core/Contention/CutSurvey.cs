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
    private readonly Dictionary<string, int> funded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> concurrency = new(StringComparer.Ordinal);
    private long? takenAt;
    private int elastic;

    /// <summary>The share of an owner now.</summary>
    public OwnerShare ShareOf(string owner)
    {
        Take();
        return new OwnerShare(funded.GetValueOrDefault(owner), concurrency.GetValueOrDefault(owner));
    }

    /// <summary>Whether enough GPUs may be cut for a demand, as far as sums tell.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who pays for it. Wholly funded.</param>
    /// <param name="recalls">See <see cref="Resolver"/>.</param>
    /// <param name="gap">See <see cref="SchedulerOptions.LotteryGap"/>.</param>
    public bool MayBeEnough(Demand demand, Cover cover, bool recalls, int gap)
    {
        var wanted = demand.Gpus - state.Fleet.Free;
        if (wanted <= 0)
            return true; // Enough is free, but not together.
        wanted -= state.Spares + (recalls ? state.Funding.ReclaimUpperBound(cover, wanted)
            : state.Funding.UnfundedGpus);
        if (wanted <= 0)
            return true;
        Take();
        wanted -= elastic;
        var asker = ShareOf(demand.Owner);
        foreach (var (owner, gpus) in funded)
        {
            if (wanted <= 0)
                break;
            wanted -= Drawable(new OwnerShare(gpus, concurrency.GetValueOrDefault(owner)), asker, gap);
        }
        return wanted <= 0;
    }

    /// <summary>The GPUs that lotteries can take of an owner at most, before its share is too small.</summary>
    private static int Drawable(OwnerShare share, OwnerShare asker, int gap) =>
        !share.Exceeds(asker, gap) ? 0
        : share.Concurrency == 0 ? share.Gpus
        : share.Gpus - (int)(gap * (long)asker.Gpus * share.Concurrency / asker.Concurrency);

    /// <summary>Sums up the running work. It stays valid until the next entry of the ledger.</summary>
    private void Take()
    {
        if (takenAt == state.Sequence)
            return;
        takenAt = state.Sequence;
        elastic = 0;
        funded.Clear();
        concurrency.Clear();
        foreach (var run in state.RunningRuns)
        {
            var gpus = run.Meter.Gpus - run.Meter.UnfundedGpus;
            funded[run.Demand.Owner] = funded.GetValueOrDefault(run.Demand.Owner) + gpus;
            elastic += run.Demand.GpusStep > 0 ? run.Gpus() - run.Demand.GpusMin : 0;
        }
        foreach (var (_, owner, terms) in state.Funding.Envelopes)
        {
            if (terms.IsOpen(state.At))
                concurrency[owner] = concurrency.GetValueOrDefault(owner) + terms.Concurrency;
        }
    }
}

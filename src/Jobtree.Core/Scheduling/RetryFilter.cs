using Jobtree.Core.Funding;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Finds the classes of waiting runs that are worth a try. Skips those for which nothing has changed since the last try
/// failed.
/// </summary>
/// <remarks>
/// Without this filter, every pass over the queue would cover and place a run of each class. It changes no decision,
/// because it skips a class only if a try would fail again. <see cref="Begin"/> takes the stamps. They are valid for
/// one decision.
/// </remarks>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the waiting runs.</param>
internal sealed class RetryFilter(FlavorState state, WaitingPayers payers)
{
    private readonly List<Candidate> candidates = [];
    private readonly List<Candidate> unfundable = [];
    private DateTimeOffset now;
    private PlacementStamp placement;
    private FundingStamp funding;

    /// <summary>Begins a pass over the queue.</summary>
    /// <param name="at">The instant.</param>
    public void Begin(DateTimeOffset at)
    {
        now = at;
        TakeStamps();
        candidates.Clear();
        unfundable.Clear();
        var ranking = state.RankingAt(at);
        foreach (var group in state.Queue.Classes)
            See(group, ranking);
        candidates.Sort(Candidate.InOrder);
        unfundable.Sort(Candidate.InOrder);
        candidates.AddRange(unfundable);
    }

    /// <summary>
    /// A class worth a try, by its place: fundable ones first, then in the serving order of their first runs. Null if
    /// there are no more.
    /// </summary>
    /// <param name="place">The place.</param>
    public Candidate? At(int place) => place < candidates.Count ? candidates[place] : null;

    private void See(WaitingClass group, Ranking ranking)
    {
        var mayFit = MayFit(group);
        if (!mayFit && IsFundingExhausted(group))
            return;
        var fundable = payers.MayBeFunded(group.First);
        if (!mayFit && !(fundable && payers.MayReclaim(group)) && !MayReserve(group))
        {
            group.FundingExhaustedAt = funding;
            return;
        }
        (fundable ? candidates : unfundable).Add(new Candidate(group, fundable, ranking.Of(group.First.Demand)));
    }

    /// <summary>Records that no run of a class fits now.</summary>
    /// <param name="group">The class.</param>
    /// <param name="reserved">The slices that its first run had to avoid.</param>
    public void MarkUnplaced(WaitingClass group, ReservedSlices reserved)
    {
        // A demand that loses its funding may become a filler.
        var dependsOnOpeningsOnly = reserved.IsNone && !state.Funding.HasSelectors && state.Fleet.Marginal == 0;
        group.NoFitAt = dependsOnOpeningsOnly ? new PlacementStamp(placement.Openings, null, null) : placement;
    }

    /// <summary>Records that nothing more can be reclaimed or reserved for a class.</summary>
    /// <param name="group">The class.</param>
    public void MarkFundingExhausted(WaitingClass group) =>
        group.FundingExhaustedAt = group.WithheldAt == now || IsTimed(group) ? funding with { At = now } : funding;

    /// <summary>Whether it is still true that nothing more can be reclaimed or reserved for a class.</summary>
    public bool IsFundingExhausted(WaitingClass group) =>
        group.FundingExhaustedAt is { } known && (known.At is null || known.At == now)
            && known with { At = null } == funding;

    /// <summary>
    /// Whether time alone may let a class be reserved for that could not be now. When claims are expected to end
    /// changes, and with it what is funded before a window closes, or by envelopes of which nodes.
    /// </summary>
    private bool IsTimed(WaitingClass group) =>
        (state.Funding.HasSelectors || state.Funding.NextBoundary(state.At) is not null)
            && MayReserve(group) && payers.CouldEverFund(group);

    private bool MayFit(WaitingClass group) =>
        group.Gpus <= state.Fleet.Free + state.Fleet.Marginal && group.NoFitAt?.Holds(placement) != true;

    private bool MayReserve(WaitingClass group) =>
        group.FirstUnreserved is { } unreserved && payers.MayBeReservedFor(unreserved);

    private void TakeStamps()
    {
        placement = new PlacementStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Changes);
        // If envelopes pay on certain nodes only, new claims and commitments matter too. They may move a demand from an
        // envelope whose nodes can never hold it to another one.
        funding = state.Funding.HasSelectors
            ? new FundingStamp(true, state.Fleet.Openings, state.Queue.ReservationVersion, state.Funding.Changes,
                state.Funding.UnfundedGpus)
            : new FundingStamp(false, state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Releases,
                state.Funding.UnfundedGpus);
    }
}

/// <summary>A class of waiting runs that is worth a try.</summary>
/// <param name="Class">The class.</param>
/// <param name="Fundable">Whether its first run may be funded.</param>
/// <param name="Rank">The rank of its first run.</param>
internal readonly record struct Candidate(WaitingClass Class, bool Fundable, double Rank)
{
    /// <summary>The greater rank first, then the order of submission.</summary>
    public static readonly Comparison<Candidate> InOrder = static (left, right) =>
        right.Rank.CompareTo(left.Rank) is not 0 and var order ? order
            : WaitingOrder.Compare(left.Class.First.Demand, right.Class.First.Demand);
}

/// <summary>
/// What placement depended on when the runs of a class were last found not to fit. While it is unchanged, they still do
/// not fit.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of released slices. Null if no reserved slice was in the way.</param>
/// <param name="FundingChanges">The funding book's count of changes. Null if no envelope pays on certain nodes
/// only.</param>
internal readonly record struct PlacementStamp(long Openings, long? SliceReleases, long? FundingChanges)
{
    /// <summary>Whether what did not fit at this stamp still does not fit.</summary>
    /// <param name="present">The complete present stamp.</param>
    public bool Holds(PlacementStamp present) =>
        Openings == present.Openings && (SliceReleases is null || this == present);
}

/// <summary>
/// What reclaiming and reserving for the runs of a class depend on. While it is unchanged, there is nothing more to do
/// for them.
/// </summary>
/// <param name="HasSelectors">Whether some envelope pays on certain nodes only: it decides what is counted.</param>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of released slices. If envelopes have selectors, its count of all
/// reservation changes.</param>
/// <param name="Releases">The funding book's count of releases. If envelopes have selectors, its count of
/// changes.</param>
/// <param name="UnfundedGpus">GPUs that may yield. The number grows when a family recalls what it shared.</param>
/// <param name="At">The instant. Null if time alone changes nothing.</param>
internal readonly record struct FundingStamp(bool HasSelectors, long Openings, long SliceReleases, long Releases,
    int UnfundedGpus, DateTimeOffset? At = null);

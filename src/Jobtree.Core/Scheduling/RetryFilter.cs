using Jobtree.Core.Funding;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Finds the classes of waiting runs that are worth a try, and leaves out those for which nothing changed since the
/// last try failed.
/// </summary>
/// <remarks>
/// Without it every pass over the queue would cover and place a run of each class. It changes no decision: a class is
/// left out only where a try would fail again. The stamps are taken by <see cref="Candidates"/> and hold for the
/// decision that is made from its answer.
/// </remarks>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the runs that wait.</param>
internal sealed class RetryFilter(FlavorState state, WaitingPayers payers)
{
    private readonly List<(WaitingClass Class, bool Fundable)> candidates = [];
    private PlacementStamp placement;
    private FundingStamp funding;

    /// <summary>
    /// The classes worth a try: fundable ones first, then in queue order of their first runs. The list is valid until
    /// the next call.
    /// </summary>
    public List<(WaitingClass Class, bool Fundable)> Candidates()
    {
        TakeStamps();
        candidates.Clear();
        foreach (var group in state.Queue.Classes)
        {
            var mayFit = MayFit(group);
            if (!mayFit && IsFundingExhausted(group))
                continue;
            var fundable = payers.FundingUpperBound(group.First).Fundable;
            var mayReclaim = fundable && funding.UnfundedGpus > 0;
            if (mayFit || mayReclaim || MayReserve(group))
                candidates.Add((group, fundable));
            else
                MarkFundingExhausted(group);
        }
        candidates.Sort(static (left, right) => left.Fundable != right.Fundable
            ? left.Fundable ? -1 : 1
            : WaitingOrder.Compare(left.Class.First.Demand, right.Class.First.Demand));
        return candidates;
    }

    /// <summary>Notes that no run of a class fits now.</summary>
    /// <param name="group">The class.</param>
    /// <param name="reserved">The slices that its first run had to keep away from.</param>
    public void MarkUnplaced(WaitingClass group, ReservedSlices reserved)
    {
        var dependsOnOpeningsOnly = reserved.IsNone && !state.Funding.HasSelectors;
        group.NoFitAt = dependsOnOpeningsOnly ? new PlacementStamp(placement.Openings, null, null) : placement;
    }

    /// <summary>Notes that nothing more can be reclaimed or reserved for a class.</summary>
    public void MarkFundingExhausted(WaitingClass group) => group.FundingExhaustedAt = funding;

    /// <summary>Whether nothing more could be reclaimed or reserved for a class, and that is still so.</summary>
    public bool IsFundingExhausted(WaitingClass group) => group.FundingExhaustedAt == funding;

    private bool MayFit(WaitingClass group) =>
        group.Gpus <= state.Fleet.Free && group.NoFitAt?.Holds(placement) != true;

    private bool MayReserve(WaitingClass group) =>
        group.FirstUnreserved is { } unreserved && payers.FundingUpperBound(unreserved).Uncommitted;

    private void TakeStamps()
    {
        placement = new PlacementStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Changes);
        // Where envelopes pay in certain places only, a new claim or commitment matters too: it may send a demand from
        // an envelope whose place can never hold it to another one.
        funding = state.Funding.HasSelectors
            ? new FundingStamp(state.Fleet.Openings, state.Queue.ReservationVersion, state.Funding.Changes,
                state.Funding.UnfundedGpus)
            : new FundingStamp(state.Fleet.Openings, state.Queue.SliceReleases, state.Funding.Releases,
                state.Funding.UnfundedGpus);
    }
}

/// <summary>
/// What placing the runs of a class depended on when they were last found not to fit. While it is the same, they still
/// do not fit.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up; null: no reserved slice was in the way.</param>
/// <param name="FundingChanges">The funding book's count of changes; null: no envelope pays in certain places
/// only.</param>
internal readonly record struct PlacementStamp(long Openings, long? SliceReleases, long? FundingChanges)
{
    /// <summary>Whether what did not fit at this stamp still does not.</summary>
    /// <param name="present">The stamp of the present, complete.</param>
    public bool Holds(PlacementStamp present) =>
        Openings == present.Openings && (SliceReleases is null || this == present);
}

/// <summary>
/// What reclaiming and reserving for the runs of a class depends on. While it is the same, there is nothing more to do
/// for them.
/// </summary>
/// <param name="Openings">The fleet's count of openings.</param>
/// <param name="SliceReleases">The queue's count of slices given up; where envelopes have selectors, its count of all
/// changes of reservations.</param>
/// <param name="Releases">The funding book's count of releases; where envelopes have selectors, of changes.</param>
/// <param name="UnfundedGpus">GPUs that may yield; they grow when a family recalls what it shared.</param>
internal readonly record struct FundingStamp(long Openings, long SliceReleases, long Releases, int UnfundedGpus);

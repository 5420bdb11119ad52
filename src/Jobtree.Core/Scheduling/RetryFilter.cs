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

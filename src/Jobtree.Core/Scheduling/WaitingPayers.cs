using Jobtree.Core.Funding;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who could pay for the waiting runs. Every pass over the queue asks many times, so answers are cached by class and by
/// family until claims, budgets, windows or commitments change.
/// </summary>
/// <param name="state">The flavor.</param>
internal sealed class WaitingPayers(FlavorState state)
{
    /// <summary>
    /// Who would pay for a demand. The class caches the answer for a new run and for its first run, until claims,
    /// budgets or windows change.
    /// </summary>
    public Cover CoverOf(Demand demand, WaitingRun? waiting)
    {
        var changes = state.Funding.Changes;
        if (waiting is null)
            return state.Funding.Cover(demand);
        if (demand.AdmittedAt is null)
            return CoverOfNew(waiting.Class);
        if (waiting != waiting.Class.First)
            return state.Funding.Cover(demand);
        if (waiting.Class.FirstCover is not { } first || first.At != changes || !ReferenceEquals(first.Demand, demand))
            waiting.Class.FirstCover = first = (changes, demand, state.Funding.Cover(demand));
        return first.Cover;
    }

    /// <summary>
    /// Whether each run of a class is at least partly funded. If a new run would be, so is one with an earlier place in
    /// the funding order. False if checking a new run cannot tell.
    /// </summary>
    public bool IsPaidInPart(WaitingClass group) =>
        !state.Funding.HasSelectors && !CoverOfNew(group).IsWhollyUnfunded();

    /// <summary>
    /// Upper bound. False means that a demand cannot be funded, or not beside the commitments to reservations. True
    /// means that a search is worthwhile.
    /// </summary>
    public (bool Fundable, bool Uncommitted) FundingUpperBound(WaitingRun waiting)
    {
        if (waiting.Demand.Funding is { AllowBorrow: true } || waiting.PlaceInFunding is not null)
            return (true, true);
        var group = waiting.Class;
        var (gpus, uncommitted) = FundingUpperBound(group.Family ??= state.Funding.FamilyOf(waiting.Demand.Owner));
        return (group.Gpus <= gpus, group.Gpus <= uncommitted);
    }

    /// <summary>
    /// Whether too little is uncommitted to fund a new demand that is behind all reservations. False means that a
    /// search is worthwhile.
    /// </summary>
    public bool IsCommittedToOthers(Demand demand)
    {
        var hasFamilyOnly = demand is { AdmittedAt: null, Funding: not { AllowBorrow: true } };
        if (!hasFamilyOnly || state.Queue.CountAhead(demand) < state.Queue.Reserved)
            return false;
        return demand.Gpus > FundingUpperBound(state.Funding.FamilyOf(demand.Owner)).Uncommitted;
    }

    private Cover CoverOfNew(WaitingClass group)
    {
        var changes = state.Funding.Changes;
        if (group.NewCover is not { } known || known.At != changes)
            group.NewCover = known = (changes, state.Funding.Cover(group.New));
        return known.Cover;
    }

    private (int Gpus, int Uncommitted) FundingUpperBound(FamilyRoom family) =>
        state.Funding.FundingUpperBound(family, (state.Queue.Committed, state.Queue.ReservationVersion));
}

using Jobtree.Core.Funding;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who could pay for the runs that wait: asked many times in each pass, and remembered by class and by family until
/// claims, budgets, windows or promises change.
/// </summary>
/// <param name="state">The flavor.</param>
internal sealed class WaitingPayers(FlavorState state)
{
    /// <summary>
    /// Who would pay for a waiting run; a class remembers it for a new run and for its first, until claims, budgets or
    /// windows change.
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
    /// Whether each run of a class is funded at least in part, as far as a look at one tells: where a new run would
    /// find some funding, one with an earlier place in the funding order does.
    /// </summary>
    public bool IsPaidInPart(WaitingClass group) =>
        !state.Funding.HasSelectors && !Slices.IsUnfunded(CoverOfNew(group));

    /// <summary>
    /// Whether a demand can be funded, and whether beside what reservations are promised, as far as sums tell. False is
    /// sure.
    /// </summary>
    public (bool Fundable, bool Unpromised) MayFund(WaitingRun waiting)
    {
        if (waiting.Demand.Funding is { AllowBorrow: true } || waiting.PlaceInFunding is not null)
            return (true, true);
        var group = waiting.Class;
        var (gpus, unpromised) = Fundable(group.Family ??= state.Funding.FamilyOf(waiting.Demand.Owner));
        return (group.Gpus <= gpus, group.Gpus <= unpromised);
    }

    /// <summary>
    /// Whether a demand at the end of the funding order, behind all reservations, finds all that it could claim
    /// promised to them.
    /// </summary>
    public bool IsPromisedToOthers(Demand demand) =>
        demand is { AdmittedAt: null, Funding: not { AllowBorrow: true } } && state.Queue.CountAhead(
            demand) == state.Queue.Reserved
            && demand.Gpus > Fundable(state.Funding.FamilyOf(demand.Owner)).Unpromised;

    private Cover CoverOfNew(WaitingClass group)
    {
        var changes = state.Funding.Changes;
        if (group.NewCover is not { } known || known.At != changes)
            group.NewCover = known = (changes, state.Funding.Cover(group.New));
        return known.Cover;
    }

    private (int Gpus, int Unpromised) Fundable(FamilyRoom family) =>
        state.Funding.Fundable(family, (state.Queue.Committed, state.Queue.ReservationVersion));
}

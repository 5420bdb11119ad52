using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who could pay for the waiting runs. Every pass over the queue asks many times, so answers are cached by class and by
/// family until claims, budgets, windows or commitments change.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="slicesMax">The number of reservations in front. A run among them may be reserved for when claims that
/// are on its payers now end. The others wait until they are in front.</param>
internal sealed class WaitingPayers(FlavorState state, int slicesMax)
{
    private (DateTimeOffset Now, long NextLease)? endsSetAt;

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
    public bool IsPaidInPart(WaitingClass group)
    {
        if (state.Funding.HasSelectors)
            return false;
        var isRoomEnough = group.New.GroupGpus == 0 && !state.Funding.HasReservableOpenings
            && state.Funding.MostFundable(FamilyOf(group)) > 0; // Whatever room there is, it takes in part.
        return isRoomEnough || !CoverOfNew(group).IsWhollyUnfunded();
    }

    /// <summary>
    /// When a demand would be funded beside what reservations ahead of it will claim. Null if it would not be.
    /// </summary>
    /// <param name="demand">The demand.</param>
    /// <param name="waiting">Its place in the queue, if it is waiting.</param>
    /// <param name="cover">Who would pay for it now, without regard to commitments, if that is known.</param>
    /// <param name="ahead">The number of reservations ahead of it.</param>
    /// <param name="now">The instant.</param>
    public FutureFunding? FundingBesideCommitments(
        Demand demand, WaitingRun? waiting, Cover? cover, int ahead, DateTimeOffset now)
    {
        var countsEnds = ahead < slicesMax && MayFundLater(demand, waiting, ahead);
        if (state.Funding.FundedCover(demand, state.Queue) is { } uncommitted
            && (cover ?? CoverOf(demand, waiting)).IsFunded)
            return new FutureFunding(now, uncommitted, false);
        // A window that opens, or a claim that ends, may still fund what is now committed to reservations ahead.
        if (countsEnds)
            SetExpectedEnds(now);
        return state.Funding.FundableAt(demand, state.Queue, countsEnds);
    }

    /// <summary>When a demand would be funded without regard to commitments. Null if it would not be.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it now.</param>
    /// <param name="now">The instant.</param>
    public FutureFunding? FundingOf(Demand demand, Cover cover, DateTimeOffset now)
    {
        if (cover.IsFunded)
            return new FutureFunding(now, cover, false);
        SetExpectedEnds(now);
        return state.Funding.FundableAt(demand, null, countsEnds: true);
    }

    /// <summary>
    /// Upper bound. False means that a demand cannot be funded. True means that a search is worthwhile.
    /// </summary>
    public bool MayBeFunded(WaitingRun waiting) => MayDifferFromNew(waiting)
        || waiting.Class.Gpus <= state.Funding.MostFundable(FamilyOf(waiting.Class));

    /// <summary>
    /// Upper bound. False means that nothing would yield to the runs of a class: too little is unfunded, and their
    /// claims displace none. True means that a search is worthwhile.
    /// </summary>
    public bool MayReclaim(WaitingClass group)
    {
        var gpus = group.New.GpusWithSpares();
        return state.Funding.YieldingGpus >= Math.Max(1, gpus - state.Fleet.Free)
            || group.New.Funding is { AllowBorrow: true }
            || gpus > state.Funding.DisplacingNone(FamilyOf(group));
    }

    /// <summary>
    /// Upper bound. False means that a demand cannot be funded beside the commitments to reservations. True means that
    /// a search is worthwhile.
    /// </summary>
    public bool MayBeReservedFor(WaitingRun waiting)
    {
        if (MayDifferFromNew(waiting))
            return true;
        var (group, family) = (waiting.Class, FamilyOf(waiting.Class));
        var ahead = state.Queue.CountSubmittedBy(waiting.Demand.SubmittedAt);
        if (ahead >= slicesMax && IsKnownShort(family, waiting.Demand))
            return false;
        var (now, later) = Beside(family, ahead);
        return group.Gpus <= now || (ahead < slicesMax && group.Gpus <= later);
    }

    /// <summary>
    /// Whether open envelopes, and those that open and allow reservations before, would fund a demand if there were no
    /// claims on them.
    /// </summary>
    public bool CouldEverFund(Demand demand, WaitingRun? waiting) =>
        waiting is null ? state.Funding.CouldEverFund(demand) : CouldEverFund(waiting.Class);

    /// <summary>The same for the runs of a class.</summary>
    public bool CouldEverFund(WaitingClass group)
    {
        var terms = state.Funding.TermsVersion;
        if (group.EverFundable is not { } known || known.Terms != terms)
            group.EverFundable = known = (terms, state.Funding.CouldEverFund(group.New));
        return known.Could;
    }

    private FamilyRoom FamilyOf(Demand demand, WaitingRun? waiting) =>
        waiting is null ? state.Funding.FamilyOf(demand.Owner) : FamilyOf(waiting.Class);

    private FamilyRoom FamilyOf(WaitingClass group) => group.Family ??= state.Funding.FamilyOf(group.New.Owner);

    private static bool MayDifferFromNew(WaitingRun waiting) =>
        waiting.Demand.Funding is { AllowBorrow: true } || waiting.PlaceInFunding is not null;

    /// <summary>Whether too little is uncommitted to fund a demand now. False means that a search is worthwhile.
    /// </summary>
    public bool IsCommittedToOthers(Demand demand, WaitingRun? waiting, int ahead) => MayBound(demand)
        && FamilyOf(demand, waiting) is var family
        && (IsKnownShort(family, demand) || demand.Gpus > Beside(family, ahead).Now);

    /// <summary>
    /// Whether a demand might be funded when the claims of now have ended. True means that a search is worthwhile.
    /// </summary>
    public bool MayFundLater(Demand demand, WaitingRun? waiting, int ahead) =>
        !MayBound(demand) || demand.Gpus <= Beside(FamilyOf(demand, waiting), ahead).Later;

    /// <summary>Whether upper bounds for a new demand of its owner's family apply to a demand.</summary>
    private static bool MayBound(Demand demand) =>
        demand is { AdmittedAt: null, Funding: not { AllowBorrow: true } };

    /// <summary>Whether what was too little for a demand before is too little for this one.</summary>
    /// <param name="family">Its owner's family.</param>
    /// <param name="demand">A new demand without a reservation.</param>
    private bool IsKnownShort(FamilyRoom family, Demand demand) => family.Shortage is { } known
        && demand.Gpus > known.Gpus && demand.SubmittedAt >= known.SubmittedAt
        && known.Changes == state.Funding.Changes && known.CommitmentReleases == state.Queue.CommitmentReleases
        && !state.Funding.HasReservableOpenings;

    /// <summary>
    /// Commitments of reservations behind a demand do not count against it, so only the last may subtract all. The
    /// others subtract those in front, if they are not among them.
    /// </summary>
    private (int Now, int Later) Beside(FamilyRoom family, int ahead)
    {
        if (ahead < state.Queue.Reserved && ahead >= WaitingRuns.FrontCounted)
            return state.Funding.FundingUpperBoundBehindFront(family, state.Queue);
        var bounds = FundingUpperBound(family);
        return ahead == state.Queue.Reserved
            ? (bounds.Uncommitted, bounds.EverUncommitted) : (bounds.Gpus, bounds.Ever);
    }

    private Cover CoverOfNew(WaitingClass group)
    {
        var changes = state.Funding.Changes;
        if (group.NewCover is not { } known || known.At != changes)
            group.NewCover = known = (changes, state.Funding.Cover(group.New));
        return known.Cover;
    }

    private void SetExpectedEnds(DateTimeOffset now)
    {
        var stamp = (now, state.NextLease);
        if (endsSetAt == stamp)
            return;
        endsSetAt = stamp;
        foreach (var run in state.RunningRuns)
            run.Meter.ExpectedEnd = now.UtcTicks + run.RemainingTicks(now.UtcTicks);
    }

    private FundingBounds FundingUpperBound(FamilyRoom family) => state.Funding.FundingUpperBound(family, state.Queue);
}

using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who could pay for the waiting runs. Every pass over the queue asks many times, so answers are cached by class and by
/// family until claims, budgets, windows or commitments change.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="aheadMax">With fewer reservations ahead of it, a run may be reserved for when claims that are on its
/// payers now end. The others wait until fewer are ahead.</param>
internal sealed class WaitingPayers(FlavorState state, int aheadMax)
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
            && state.Funding.Fundable(FamilyOf(group)).Gpus > 0; // Whatever room there is, it takes in part.
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
        var countsEnds = ahead < aheadMax && MayFundLater(demand, waiting);
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
        || waiting.Class.Gpus <= state.Funding.Fundable(FamilyOf(waiting.Class)).Gpus;

    /// <summary>
    /// Upper bound. False means that nothing would yield to the runs of a class: too little is unfunded, and their
    /// claims displace none. True means that a search is worthwhile.
    /// </summary>
    public bool MayReclaim(WaitingClass group)
    {
        var gpus = group.New.GpusWithSpares();
        return state.Funding.YieldingGpus >= Math.Max(1, gpus - state.Fleet.Free)
            || group.New.Funding is { AllowBorrow: true }
            || gpus > state.Funding.Fundable(FamilyOf(group)).DisplacingNone;
    }

    /// <summary>
    /// Upper bound. False means that a demand cannot be funded beside the commitments to reservations. True means that
    /// a search is worthwhile.
    /// </summary>
    public bool MayBeReservedFor(WaitingRun waiting)
    {
        if (MayDifferFromNew(waiting))
            return true;
        var gpus = waiting.Class.Gpus;
        var room = UncommittedFor(waiting.Demand, waiting);
        return gpus <= room.Now
            || (gpus <= room.Later && state.Queue.CountSubmittedBy(waiting.Demand.SubmittedAt) < aheadMax);
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

    private FamilyRoom FamilyOf(WaitingClass group) => group.Family ??= state.Funding.FamilyOf(group.New.Owner);

    private static bool MayDifferFromNew(WaitingRun waiting) =>
        waiting.Demand.Funding is { AllowBorrow: true } || waiting.PlaceInFunding is not null;

    /// <summary>Whether too little is uncommitted to fund a demand now. False means that a search is worthwhile.
    /// </summary>
    public bool IsCommittedToOthers(Demand demand, WaitingRun? waiting) =>
        MayBound(demand) && demand.Gpus > UncommittedFor(demand, waiting).Now;

    /// <summary>
    /// Whether a demand might be funded when the claims of now have ended. True means that a search is worthwhile.
    /// </summary>
    public bool MayFundLater(Demand demand, WaitingRun? waiting) =>
        !MayBound(demand) || demand.Gpus <= UncommittedFor(demand, waiting).Later;

    /// <summary>Whether upper bounds for a new demand of its owner's family apply to a demand.</summary>
    private static bool MayBound(Demand demand) =>
        demand is { AdmittedAt: null, Funding: not { AllowBorrow: true } };

    private UncommittedRoom UncommittedFor(Demand demand, WaitingRun? waiting) => state.Funding.Uncommitted(
        waiting is null ? state.Funding.FamilyOf(demand.Owner) : FamilyOf(waiting.Class), demand, state.Queue);

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
            run.Meter.ExpectedEnd = now.UtcTicks + run.RemainingTicks(now.UtcTicks, state.Durations);
    }
}

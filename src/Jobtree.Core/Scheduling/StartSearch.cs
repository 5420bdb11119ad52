using Jobtree.Core.Contention;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Finds how a demand could start now: on free GPUs, on those that only some work may take, or on those of work that
/// yields or is cut.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="payers">Who could pay for the waiting runs.</param>
/// <param name="options">Limits and times.</param>
internal sealed class StartSearch(FlavorState state, WaitingPayers payers, SchedulerOptions options)
{
    private readonly SliceOverlays overlays = new(state);
    private readonly CutSurvey survey = new(state);
    private readonly CutWorth worth = new(state, options);

    /// <summary>
    /// Cover, place, reclaim. Starts a demand where it is funded, or otherwise by reclaiming unfunded work, or
    /// otherwise on idle GPUs where nobody pays.
    /// </summary>
    public StartAttempt Try(Demand demand, WaitingRun? waiting, DateTimeOffset now)
    {
        var isFree = demand.GpusWithSpares() <= state.Fleet.Free;
        if (!isFree && PrepareReclaim(demand, waiting, null, state.Fleet.Free, now) is null)
            return new StartAttempt(TryMarginal(demand, waiting, null, now), null, default);
        if (isFree && waiting is not null && payers.IsPaidInPart(waiting.Class))
        {
            // Most waiting runs end here, before the cover is computed.
            var ahead = SlicesAheadOf(demand, now, waiting);
            if (!HasRoomOutside(ahead, demand.Gpus))
                return new StartAttempt(TryReclaim(demand, waiting, null, ahead, now)
                    ?? TryMarginal(demand, waiting, null, now), null, ahead);
        }
        var cover = payers.CoverOf(demand, waiting);
        var reserved = SlicesAheadOf(demand, cover, now, waiting);
        var proposal = TryPlace(demand, cover, reserved) ?? TryReclaim(demand, waiting, cover, reserved, now);
        if (proposal is null && isFree)
            proposal = TryPlaceUnpaid(demand, waiting, cover, now);
        proposal ??= TryMarginal(demand, waiting, cover, now);
        // Who was cut again and again comes back when it can stay: funded so that nobody recalls it, or after a while.
        var isHeld = waiting?.IsHeldAt(now) ?? demand.EarlyCuts >= WaitingRun.EarlyCutsFree;
        if (isHeld && proposal is { Cover.IsRecallable: true })
            proposal = null;
        return new StartAttempt(proposal, cover, reserved);
    }

    /// <summary>
    /// Places a cover. If its unfunded part does not fit where its payer pays, that part loses the payer and may go
    /// anywhere.
    /// </summary>
    public Proposal? TryPlace(Demand demand, Cover cover, ReservedSlices reserved)
    {
        var gpus = demand.GpusWithSpares();
        if (gpus > state.Fleet.Free || !HasRoomOutside(reserved, gpus))
            return null;
        return TryPlace(demand, cover, reserved.Overlay);
    }

    private Proposal? TryPlace(Demand demand, Cover cover, SlotOverlay? overlay)
    {
        if (Gang.TryPlace(state.Fleet, demand, cover, overlay) is { } leases)
            return new Proposal(cover, leases);
        if (!cover.BindsUnfundedPartToPlace())
            return null;
        var anywhere = cover.WithoutPayerWhere(static chunk => chunk.Class == FundingClass.Unfunded);
        return Gang.TryPlace(state.Fleet, demand, anywhere, overlay) is { } elsewhere
            ? new Proposal(anywhere, elsewhere) : null;
    }

    /// <summary>Places a demand that does not fit on the free GPUs on those that it may take besides.</summary>
    public Proposal? TryMarginal(Demand demand, WaitingRun? waiting, Cover? cover, DateTimeOffset now)
    {
        if (state.Fleet.Marginal == 0 || demand.Gpus > state.Fleet.Free + state.Fleet.Marginal)
            return null;
        cover ??= payers.CoverOf(demand, waiting);
        if (cover.IsRecallable && waiting?.IsHeldAt(now) == true)
            return null;
        var overlay = MarginalRoom.For(state, demand, cover.IsWhollyUnfunded(), now, waiting);
        return overlay is null ? null : TryPlace(demand, cover, overlay);
    }

    /// <summary>Gives up funding that is tied to certain nodes, and places the demand on idle GPUs.</summary>
    private Proposal? TryPlaceUnpaid(Demand demand, WaitingRun? waiting, Cover cover, DateTimeOffset now)
    {
        if (!cover.BindsFundedPartToPlace())
            return null;
        var unpaid = cover.WithoutPayerWhere(static chunk => chunk.IsBoundToPlace);
        var overlay = SlicesAheadOf(demand, unpaid, now, waiting).Overlay;
        return Gang.TryPlace(state.Fleet, demand, unpaid, overlay) is { } leases ? new Proposal(unpaid, leases) : null;
    }

    private Proposal? TryReclaim(
        Demand demand, WaitingRun? waiting, Cover? cover, ReservedSlices reserved, DateTimeOffset now) =>
        PrepareReclaim(demand, waiting, cover, reserved.FreeOutside(state.Fleet), now) is { } resolver
            ? TryResolve(resolver, demand, waiting, reserved, now) : null;

    private Proposal? TryResolve(
        Resolver resolver, Demand demand, WaitingRun? waiting, ReservedSlices reserved, DateTimeOffset now)
    {
        CutLimit? limit = null;
        var plan = resolver.Plan(reserved.Overlay ?? new SlotOverlay(state.Fleet), Limit);
        if (plan is null && !resolver.IsTooDear)
            return null;
        if (plan is not null && Limit().Weigh(plan, demand) is { } cuts)
            return new Proposal(resolver.Cover, cuts.Leases, cuts.Cuts, cuts.Ends, cuts.Rests, cuts.Resolution);
        if (waiting is not null)
            waiting.Class.WithheldAt = now;
        return null;

        CutLimit Limit() => limit ??= worth.LimitFor(demand, waiting, resolver.Cover, now, now);
    }

    /// <summary>
    /// Prepares a reclaim beside the GPUs that are free for a demand. Null if the sums show that too little work can
    /// yield.
    /// </summary>
    /// <remarks>
    /// A run that was cut or reserved keeps its place in the funding order. But it may cut only like a new arrival:
    /// claims of a lower relation, or unfunded work. An earlier date never lets it cut an equal. A run that was cut may
    /// cut only wholly unfunded runs (<see cref="Resolver"/>).
    /// </remarks>
    private Resolver? PrepareReclaim(
        Demand demand, WaitingRun? waiting, Cover? cover, int free, DateTimeOffset now)
    {
        if (waiting is not null && !payers.MayReclaim(waiting.Class))
            return null; // Most end here, before the cover is computed.
        var wasCut = (waiting?.Demand ?? demand).AdmittedAt is not null;
        var gpus = demand.GpusWithSpares();
        var wanted = Math.Max(1, gpus - free);
        if (wasCut && state.Funding.WhollyUnfundedGpus < wanted)
            return null;
        var asNew = AsNew(demand, waiting);
        var coverAsNew = cover is not null && ReferenceEquals(asNew, demand) ? cover : payers.CoverOf(asNew, waiting);
        if (!coverAsNew.IsFunded)
            return null;
        if (coverAsNew.Chunks.Count > 1) // Several parts may displace more than the bound counts for each.
            wanted = Math.Max(1, gpus - state.Fleet.Free);
        if (!wasCut && state.Funding.ReclaimUpperBound(coverAsNew, wanted) < wanted)
            return null;
        return new Resolver(state, asNew, coverAsNew, now, CutStep.Unfunded, survey, recalls: !wasCut);
    }

    /// <summary>
    /// The demand without its place in the funding order. Reuses the waiting run's demand if that has none.
    /// </summary>
    private static Demand AsNew(Demand demand, WaitingRun? waiting)
    {
        if (demand.AdmittedAt is null)
            return demand;
        return waiting is { Demand: { AdmittedAt: null } unadmitted } ? unadmitted : demand with { AdmittedAt = null };
    }

    private bool HasRoomOutside(ReservedSlices reserved, int gpus) => gpus <= reserved.FreeOutside(state.Fleet);

    /// <summary>The slices that a demand must avoid. Unfunded work may use any slice, because it yields.</summary>
    public ReservedSlices SlicesAheadOf(Demand demand, Cover cover, DateTimeOffset now, WaitingRun? waiting) =>
        cover.IsWhollyUnfunded() ? default : SlicesAheadOf(demand, now, waiting);

    public ReservedSlices SlicesAheadOf(Demand demand, DateTimeOffset now, WaitingRun? waiting) =>
        state.Queue.Reserved == 0 ? default
            : ReservedSlices.AheadOf(state, demand, now + state.ExpectedDuration(demand), waiting, overlays);

    /// <summary>Starts a promised run that is funded by cutting what is needed for it, in all steps.</summary>
    /// <remarks>
    /// A promise ranks from when it was made, so work admitted later yields to it. A run that was cut has no such
    /// right: it cuts like a new arrival.
    /// </remarks>
    public Proposal? TryMakeRoom(WaitingRun waiting, DateTimeOffset now)
    {
        var wasCut = waiting.Demand.AdmittedAt is not null;
        var demand = wasCut ? AsNew(waiting.Demand, waiting) : waiting.RankedDemand;
        var cover = payers.CoverOf(demand, waiting);
        return ResolverFor(demand, cover, now, wasCut) is { } resolver
            ? TryResolve(resolver, demand, waiting, SlicesAheadOf(demand, cover, now, waiting), now) : null;
    }

    /// <summary>
    /// Whether cuts could make room for a demand at a later instant and would be worth while, if nothing ended until
    /// then.
    /// </summary>
    public bool CouldMakeRoom(Demand demand, Cover cover, DateTimeOffset now, DateTimeOffset at)
    {
        var waiting = state.Queue.Find(demand.Run);
        return PlanCuts(ref demand, ref cover, waiting, at) is { } plan
            && plan.Loss <= worth.LimitFor(demand, waiting, cover, now, at).Most;
    }

    /// <summary>
    /// What cuts for a demand would destroy, in GPU-seconds, if they could make room for it now and are not worth
    /// while; and whether that is because it fits by itself soon. Null otherwise.
    /// </summary>
    public (long Loss, bool IsSoon)? WithheldLoss(Demand demand, Cover cover, DateTimeOffset now)
    {
        var waiting = state.Queue.Find(demand.Run);
        return PlanCuts(ref demand, ref cover, waiting, now) is { } plan
            && worth.LimitFor(demand, waiting, cover, now, now).Most is var most && plan.Loss > most
            ? (plan.Loss, most == 0) : null;
    }

    private CutPlan? PlanCuts(ref Demand demand, ref Cover cover, WaitingRun? waiting, DateTimeOffset at)
    {
        var wasCut = (waiting?.Demand ?? demand).AdmittedAt is not null;
        if (wasCut)
        {
            demand = AsNew(waiting?.Demand ?? demand, waiting);
            cover = payers.CoverOf(demand, waiting);
        }
        return ResolverFor(demand, cover, at, wasCut)?.Plan(new SlotOverlay(state.Fleet));
    }

    /// <summary>A resolver with all steps. Null if the demand is not funded, or sums show that too little can be cut.
    /// </summary>
    private Resolver? ResolverFor(Demand demand, Cover cover, DateTimeOffset at, bool wasCut) =>
        cover.IsFunded && survey.MayBeEnough(demand, cover, at, recalls: !wasCut, options.LotteryGap)
            ? new Resolver(state, demand, cover, at, CutStep.Lottery, survey, recalls: !wasCut, options.LotteryGap)
            : null;
}

/// <summary>The result of trying to start a demand, with intermediate results that later steps reuse.</summary>
/// <param name="Proposal">The start. Null if it does not fit.</param>
/// <param name="Cover">Who would pay. Null if the cover was not needed to see that it does not fit.</param>
/// <param name="Reserved">The slices that it had to avoid.</param>
internal readonly record struct StartAttempt(Proposal? Proposal, Cover? Cover, ReservedSlices Reserved);

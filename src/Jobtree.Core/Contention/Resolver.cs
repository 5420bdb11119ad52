using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Makes room for a funded demand that does not fit, in four steps: unfunded work, spares, what elastic runs can give
/// up, and last the lottery. A later step begins only where all of the earlier ones would not be enough.
/// </summary>
/// <remarks>
/// Within a step, a seed draws candidates until the demand fits (<see cref="CutDraws"/>). What turns out not to be
/// needed is spared, the last draws first, so without any one of the remaining cuts the demand would not fit. The cuts
/// and the start are one ledger entry: the freed GPUs are never anybody else's.
/// </remarks>
/// <param name="state">The flavor.</param>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for it. Wholly funded.</param>
/// <param name="now">The instant.</param>
/// <param name="last">The last step that is allowed.</param>
/// <param name="survey">The shares of owners.</param>
/// <param name="recalls">Whether it may also cut work that its own claims would leave unfunded. A run that was cut may
/// not: it may cut only wholly unfunded runs. Each such cut adds funded work and ends none, so runs that were cut
/// cannot keep cutting each other.</param>
/// <param name="gap">See <see cref="SchedulerOptions.LotteryGap"/>; needed for the lottery only.</param>
internal sealed class Resolver(
    FlavorState state, Demand demand, Cover cover, DateTimeOffset now, CutStep last, CutSurvey survey, bool recalls,
    int gap = 1)
{
    private readonly List<CutCandidate> candidates = [];
    private readonly List<CutUnit> drawn = [];
    private OwnerShare? asker;
    private string? seed;
    private Func<CutLimit>? limit;

    /// <summary>Whether the plan failed because whatever makes room would destroy more than the limit.</summary>
    public bool IsTooDear { get; private set; }

    /// <summary>Who pays for the demand.</summary>
    public Cover Cover => cover;

    /// <summary>
    /// The cuts, the evidence and the leases that then fit. Null if the demand would not fit whatever may be cut.
    /// </summary>
    /// <param name="overlay">Slices that the demand must not use. It is changed meanwhile, and restored.</param>
    /// <param name="limit">What cuts may destroy; asked for only if there is enough to cut. Null: no limit.</param>
    public CutPlan? Plan(SlotOverlay overlay, Func<CutLimit>? limit = null)
    {
        this.limit = limit;
        var cutting = new Cutting(overlay, () => Gang.TryPlace(state.Fleet, demand, cover, overlay));
        var plan = Draw(cutting) ? ToPlan(cutting) : null;
        cutting.Restore();
        return plan;
    }

    private string Seed => seed ??= HashChain.Seed(demand.Run, now, state.Head);

    /// <summary>Draws step by step until the demand fits.</summary>
    private bool Draw(Cutting cutting)
    {
        var conflict = new ConflictSet(state, demand, cover, now, recalls, gap, survey);
        if (FindSteps(conflict, cutting) is not { Count: > 0 } steps)
            return false;
        asker = steps[^1].Step == CutStep.Lottery ? conflict.AskerShare : null;
        var draws = new CutDraws(Seed, asker, gap);
        foreach (var (step, units) in steps)
        {
            CutCandidate[] inStep = [.. units.Select(unit => unit.Candidate)];
            var lot = draws.Draw(step, inStep).Select(index => units[index]);
            if (step != steps[^1].Step)
            {
                candidates.AddRange(inStep);
                drawn.AddRange(lot);
                continue;
            }
            var before = drawn.Count;
            if (!cutting.DrawUntilFit(lot, drawn, demand.Gpus - state.Fleet.Free))
                return false;
            // Who would have lost more than that was never in danger, and is not recorded.
            var reach = draws.ReachOf(drawn.Count - before);
            candidates.AddRange(inStep.Where(candidate => candidate.Loss <= reach));
        }
        return true;
    }

    /// <summary>
    /// The steps up to the first with which the demand fits, and what may be cut in each. Null if it does not fit with
    /// all. What may be cut in all but the last counts as free afterwards.
    /// </summary>
    private List<(CutStep Step, List<CutUnit> Units)>? FindSteps(ConflictSet conflict, Cutting cutting)
    {
        var steps = new List<(CutStep Step, List<CutUnit> Units)>();
        var missing = demand.GpusWithSpares() - cutting.FreeBefore;
        var wanted = missing;
        // Most that would destroy too much end here, before anything is tried out.
        IsTooDear = last == CutStep.Unfunded && limit is not null && IsSurelyTooDear(missing, limit());
        for (var step = CutStep.Unfunded; step <= last && !IsTooDear; step++)
        {
            var units = conflict.Of(step, missing);
            if (units.Count == 0)
                continue;
            steps.Add((step, units));
            foreach (var unit in units)
                missing -= unit.Candidate.Gpus;
            // The same of those that really yield, which only now are known.
            IsTooDear = limit is not null && step == last && LeastLoss(units, wanted) > limit().Most;
            if (missing <= 0 && !IsTooDear && cutting.FitsWith(units))
                return steps;
            cutting.Free(units);
        }
        return null;
    }

    /// <summary>
    /// Whether unfunded work that makes room surely destroys too much: each GPU that yields would have to lose no more
    /// than all of them together may.
    /// </summary>
    private bool IsSurelyTooDear(int missing, CutLimit limit) =>
        state.Funding.GpusThatMayYield(cover, run => IsCheap(run, limit.Most), missing) < missing;

    /// <summary>The least work, in GPU-seconds, that is lost if units free some GPUs, wherever they are.</summary>
    private static double LeastLoss(List<CutUnit> units, int wanted)
    {
        var least = 0.0;
        foreach (var unit in units.OrderBy(unit => (double)unit.Candidate.Loss / unit.Candidate.Gpus))
        {
            if (wanted <= 0)
                break;
            least += (double)unit.Candidate.Loss / unit.Candidate.Gpus * Math.Min(wanted, unit.Candidate.Gpus);
            wanted -= unit.Candidate.Gpus;
        }
        return least;
    }

    private bool IsCheap(RunningRun run, double most) =>
        run.Demand.GpusStep > 0 || WorkAtRisk.Of(run, 1, now) <= most;

    private CutPlan ToPlan(Cutting cutting)
    {
        var leases = cutting.Spare(drawn, out var cuts);
        var whole = cuts.Where(cut => cut.IsWhole).ToArray();
        var closed = whole.Select(cut => cut.Candidate.Run).ToHashSet();
        var spared = drawn.Except(cuts).Select(unit => unit.ToDraw());
        var partial = cuts.Where(cut => !closed.Contains(cut.Candidate.Run)).GroupBy(cut => cut.Run)
            .Select(ofRun => PartialCuts.Of(ofRun.Key, ofRun.Select(cut => (cut.Candidate.Step, cut.Leases))))
            .ToArray();
        return new CutPlan(
            [.. whole.Select(cut => new Closing(
                cut.Candidate.Run, EndOfWhole(cut.Candidate.Step), Requeue: true, Seed))],
            [.. partial.SelectMany(Ends)],
            Rests(partial, state.NextLease + leases.Count),
            new Resolution(demand.Run, Seed, Math.Max(0, demand.Gpus - state.Fleet.Free), candidates,
                [.. drawn.Select(unit => unit.ToDraw())], [.. spared], asker, asker is null ? 0 : gap),
            leases, cuts.Sum(cut => cut.Candidate.Loss));
    }

    private IEnumerable<LeaseEnd> Ends(LeaseRevision revision) => revision.Ends(now).Select(
        end => end.Reason == LeaseEndReason.ReclaimUnfunded ? end with { Seed = Seed } : end);

    private static List<Opening> Rests(IEnumerable<LeaseRevision> partial, long nextLease)
    {
        var rests = new List<Opening>();
        foreach (var revision in partial)
        {
            if (revision.Opening(nextLease) is not { } rest)
                continue;
            rests.Add(rest);
            nextLease += rest.Leases.Count;
        }
        return rests;
    }

    private static LeaseEndReason EndOfWhole(CutStep step) =>
        step == CutStep.Unfunded ? LeaseEndReason.ReclaimUnfunded : LeaseEndReason.RandomPreempt;
}

/// <summary>What is cut for a demand, and what then starts.</summary>
/// <param name="Cuts">The runs that are cut whole. Each cut is needed.</param>
/// <param name="Ends">Single leases of other runs that end: spares, and what elastic runs give up.</param>
/// <param name="Rests">The leases of what those runs keep of leases that they give up in part.</param>
/// <param name="Resolution">The evidence.</param>
/// <param name="Leases">The leases that then fit.</param>
/// <param name="Loss">The work that the cuts destroy, in GPU-seconds.</param>
internal sealed record CutPlan(IReadOnlyList<Closing> Cuts, IReadOnlyList<LeaseEnd> Ends,
    IReadOnlyList<Opening> Rests, Resolution Resolution, IReadOnlyList<OpeningLease> Leases, long Loss);

using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Finds the work that may be cut for a demand at each step: what holds GPUs that the demand could use, and yields to
/// it by the rules of that step.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for it. Wholly funded.</param>
/// <param name="at">The instant.</param>
/// <param name="recalls">Whether work also yields that is unfunded only because of the demand's own claims: an owner
/// recalls what its family shares. Otherwise only wholly unfunded runs yield.</param>
/// <param name="gap">How many times the asker's share an owner's must still exceed after a lottery took a run of
/// it.</param>
/// <param name="survey">The shares of owners.</param>
internal sealed class ConflictSet(
    FlavorState state, Demand demand, Cover cover, DateTimeOffset at, bool recalls, int gap, CutSurvey survey)
{
    private readonly Eligibility where =
        Gang.NodesFor(state.Fleet, demand, cover) ?? state.Fleet.Eligible(demand.Selector);
    private readonly HashSet<RunKey> unfunded = [];
    private readonly Func<string, bool> yields = state.Funding.OwnersYieldingTo(demand, cover);

    /// <summary>The share of the demand's owner, from before the decision.</summary>
    public OwnerShare AskerShare => survey.ShareOf(demand.Owner);

    /// <summary>The units of a step, in <see cref="CutOrder"/>. Steps must be asked for in order.</summary>
    /// <param name="step">The step.</param>
    /// <param name="missing">GPUs that the steps before it leave missing at least.</param>
    /// <returns>None if the lottery could not take as many as are missing.</returns>
    public List<CutUnit> Of(CutStep step, int missing)
    {
        List<CutUnit> units = step switch
        {
            CutStep.Unfunded => Unfunded(),
            CutStep.Spares => state.Spares == 0 ? [] : [.. Running().SelectMany(SparesOf)],
            CutStep.Shrink => state.ElasticRuns == 0 ? []
                : [.. Running().Where(run => run.Demand.GpusStep > 0).SelectMany(StepsOf)],
            _ => Drawable(missing),
        };
        units.Sort(CutOrder.Instance);
        return units;
    }

    private List<CutUnit> Unfunded()
    {
        var yielding = state.Funding.YieldingTo(demand, cover, at, recalls);
        var units = new List<CutUnit>(yielding.Count);
        foreach (var key in yielding)
        {
            // The demand's own claims are among them if it counts on an end that is still to come.
            if (key == demand.Run || state.Running[key] is var run && !IsInScope(run.OpenLeases))
                continue;
            unfunded.Add(key);
            AddWithSteps(run, units);
        }
        return units;
    }

    /// <summary>An elastic run yields step by step, before what is left of it yields as a whole.</summary>
    private void AddWithSteps(RunningRun run, List<CutUnit> units)
    {
        var steps = ShrinkSteps.Of(run);
        for (var i = 0; i < steps.Count; i++)
            units.Add(Part(CutStep.Unfunded, run, i, steps[i]));
        units.Add(Whole(CutStep.Unfunded, run, steps.Count == 0 ? run.Leases : ShrinkSteps.Rest(run, steps)));
    }

    private List<CutUnit> Drawable(int missing)
    {
        var asker = AskerShare;
        if (asker.Concurrency == 0)
            return []; // Whoever owns no width cannot be short of a fair share of it.
        var runs = Unprotected(asker, out var atMost);
        if (atMost < missing)
            return []; // Most searches end here, before a unit is made.
        var units = new List<CutUnit>(runs.Count);
        foreach (var (run, share, mayLose) in runs)
        {
            var unit = Whole(CutStep.Lottery, run, NotYetCut(run));
            if (unit.Candidate.Gpus <= mayLose)
                units.Add(unit with { Candidate = unit.Candidate with { Share = share } });
        }
        return units;
    }

    /// <summary>The runs that are not protected, of owners who may lose some, with the owner's share.</summary>
    /// <param name="asker">The share of the demand's owner.</param>
    /// <param name="atMost">Upper bound of the GPUs that a lottery may take.</param>
    private List<(RunningRun Run, OwnerShare Share, int MayLose)> Unprotected(OwnerShare asker, out int atMost)
    {
        var runs = new List<(RunningRun Run, OwnerShare Share, int MayLose)>();
        atMost = 0;
        foreach (var use in state.Uses.Values)
        {
            var share = survey.ShareOf(use);
            var mayLose = share.MayLose(asker, gap);
            if (mayLose < 1)
                continue;
            var gpus = 0;
            foreach (var run in use.Runs)
            {
                if (WorkAtRisk.IsProtected(run, at) || !IsFundedInScope(run))
                    continue;
                gpus += run.Gpus();
                runs.Add((run, share, mayLose));
            }
            atMost += Math.Min(gpus, mayLose);
        }
        return runs;
    }

    /// <summary>The leases of a run that no step before the lottery ended.</summary>
    private static IReadOnlyList<Lease> NotYetCut(RunningRun run)
    {
        var steps = ShrinkSteps.Of(run);
        return steps.Count == 0 && run.Demand.SparesPerGroup == 0 ? run.Leases
            : [.. ShrinkSteps.Rest(run, steps).Where(static lease => lease.Role == LeaseRole.Active)];
    }

    /// <summary>The funded runs with leases in scope, of owners that yield to the demand.</summary>
    private IEnumerable<RunningRun> Running() => state.RunningRuns.Where(IsFundedInScope);

    private bool IsFundedInScope(RunningRun run) => !unfunded.Contains(run.Demand.Run)
        && run.Demand.Run != demand.Run && yields(run.Demand.Owner) && IsInScope(run.OpenLeases);

    private static IEnumerable<CutUnit> SparesOf(RunningRun run) => run.Leases
        .Where(lease => lease.Role == LeaseRole.Spare)
        .Select((lease, i) => Part(CutStep.Spares, run, i, [lease]));

    /// <summary>The spares of the groups that a step gives up are units of their own, cut before.</summary>
    private static IEnumerable<CutUnit> StepsOf(RunningRun run) => ShrinkSteps.Of(run).Select((leases, i) => Part(
        CutStep.Shrink, run, i, [.. leases.Where(static lease => lease.Role == LeaseRole.Active)]));

    private CutUnit Whole(CutStep step, RunningRun run, IReadOnlyList<Lease> leases)
    {
        var gpus = leases.Sum(lease => lease.Gpus());
        return new CutUnit(new CutCandidate(
            step, run.Demand.Run, run.Demand.Owner, gpus, WorkAtRisk.Of(run, gpus, at)), run, leases);
    }

    private static CutUnit Part(CutStep step, RunningRun run, int index, IReadOnlyList<Lease> leases) => new(
        new CutCandidate(step, run.Demand.Run, run.Demand.Owner, leases.Sum(lease => lease.Gpus()), 0, index), run,
        leases);

    private bool IsInScope(ReadOnlySpan<Lease> leases)
    {
        foreach (var lease in leases)
        {
            for (var i = 0; i < lease.Slots.Count; i++)
            {
                if (state.Fleet.Placed(lease.Slots[i].Node) is { Spec.State: NodeState.Ready } node
                    && where.Matches(node))
                    return true;
            }
        }
        return false;
    }
}

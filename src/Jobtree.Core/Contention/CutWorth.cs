using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>Weighs what cuts destroy against what they save: the wait of the run that they make room for.</summary>
/// <remarks>
/// <code>
/// nothing is lost                                             cut
/// it has waited for ClaimWaitMax                              cut, whatever is lost
/// it would fit by itself within ShortWait                     wait
/// at most what the asker would compute in ShortWait, or in
///   a part of the wait that the cut saves (CutGain)           cut
/// at most what its owner would compute in CutLossMax          cut while the owner has an allowance, and charge it
/// otherwise                                                   wait
/// </code>
/// Without this, work that is cut for work that is cut soon after is done over and over on a small fleet whose budgets
/// add up to more than it has (docs/replay.md).
/// </remarks>
/// <param name="state">The flavor.</param>
/// <param name="options">The limits.</param>
internal sealed class CutWorth(FlavorState state, SchedulerOptions options)
{
    private readonly SlicePlanner slices = new(state);
    private readonly CutSurvey survey = new(state);

    /// <summary>The plan, with what it is charged. Null if the run had better wait.</summary>
    /// <param name="plan">The cuts.</param>
    /// <param name="demand">The demand that they make room for.</param>
    /// <param name="waiting">Its place in the queue. Null if it has none yet.</param>
    /// <param name="cover">Who pays for it.</param>
    /// <param name="now">The instant.</param>
    /// <param name="at">The instant of the cuts.</param>
    public CutPlan? Weigh(
        CutPlan plan, Demand demand, WaitingRun? waiting, Cover cover, DateTimeOffset now, DateTimeOffset at)
    {
        var waited = at - (waiting?.Since ?? now);
        if (plan.Loss == 0 || waited >= options.ClaimWaitMax)
            return plan;
        if (!SlicePlanner.CanEverFit(state.Fleet, demand, cover))
            return plan;
        var fit = slices.PlanWithoutCuts(demand, cover, state.Queue.PlannedBefore(demand), now).At;
        var saved = Math.Max(0, (fit - at).TotalSeconds);
        var shortWait = options.ShortWait.TotalSeconds;
        // Who was asked to wait a little already is not asked again because the others take longer than expected.
        if (saved <= shortWait && (waited < options.ShortWait || waiting?.Reservation is { Moves: 0 }))
            return null;
        return plan.Loss <= demand.Gpus * Math.Max(shortWait, saved / options.CutGain) ? plan
            : Charge(plan, demand, at);
    }

    private CutPlan? Charge(CutPlan plan, Demand demand, DateTimeOffset at)
    {
        double width = Math.Max(demand.Gpus, survey.ShareOf(demand.Owner).Concurrency);
        var allowance = width * options.CutAllowance.TotalSeconds;
        var used = state.CutAllowances.UsedBy(
            demand.Owner, allowance / options.CutAllowanceTime.TotalSeconds, at);
        if (used >= allowance || plan.Loss > width * options.CutLossMax.TotalSeconds)
            return null;
        var then = (long)Math.Min(used + plan.Loss, 2 * allowance); // Given back in twice the time at most.
        return plan with
        {
            Resolution = plan.Resolution with { Charge = new CutCharge(demand.Owner, plan.Loss, then) },
        };
    }
}

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
    private readonly Dictionary<(int Gpus, int Ahead), DateTimeOffset> fits = [];
    private (DateTimeOffset Now, long Openings, long NextLease, long Reservations, long Layouts) fitsAt;

    /// <summary>What cuts for a demand may destroy.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="waiting">Its place in the queue. Null if it has none yet.</param>
    /// <param name="cover">Who pays for it.</param>
    /// <param name="now">The instant.</param>
    /// <param name="at">The instant of the cuts.</param>
    public CutLimit LimitFor(
        Demand demand, WaitingRun? waiting, Cover cover, DateTimeOffset now, DateTimeOffset at)
    {
        var waited = at - (waiting?.Since ?? now);
        if (waited >= options.ClaimWaitMax || !SlicePlanner.CanEverFit(state.Fleet, demand, cover))
            return CutLimit.None;
        var saved = Math.Max(0, (FitOf(demand, waiting, cover, now) - at).TotalSeconds);
        var shortWait = options.ShortWait.TotalSeconds;
        // Who was asked to wait a little already is not asked again because the others take longer than expected.
        if (saved <= shortWait && (waited < options.ShortWait || waiting?.Reservation is { Moves: 0 }))
            return new CutLimit(0);
        var free = demand.Gpus * Math.Max(shortWait, saved / options.CutGain);
        double width = Math.Max(demand.Gpus, survey.ShareOf(demand.Owner).Concurrency);
        var allowance = width * options.CutAllowance.TotalSeconds;
        var used = state.CutAllowances.UsedBy(
            demand.Owner, allowance / options.CutAllowanceTime.TotalSeconds, at);
        return new CutLimit(
            free, used < allowance ? width * options.CutLossMax.TotalSeconds : 0, used, allowance);
    }

    /// <summary>
    /// When a demand is expected to fit by itself. That is the same for all demands of a width that may go anywhere,
    /// and most are such.
    /// </summary>
    private DateTimeOffset FitOf(Demand demand, WaitingRun? waiting, Cover cover, DateTimeOffset now)
    {
        var ahead = state.Queue.PlannedBefore(demand);
        var isAlike = !demand.KeepsTogether() && demand.Selector is null && !state.Funding.HasSelectors
            && waiting?.HasSlice != true;
        if (!isAlike)
            return slices.PlanWithoutCuts(demand, cover, ahead, now, isTimeEnough: true).At;
        var stamp = (now, state.Fleet.Openings, state.NextLease, state.Queue.ReservationVersion,
            (long)state.Fleet.Layouts);
        if (fitsAt != stamp)
        {
            fitsAt = stamp;
            fits.Clear();
        }
        var key = (demand.GpusWithSpares(), ahead.Length);
        if (!fits.TryGetValue(key, out var fit))
            fits.Add(key, fit = slices.PlanWithoutCuts(demand, cover, ahead, now, isTimeEnough: true).At);
        return fit;
    }
}

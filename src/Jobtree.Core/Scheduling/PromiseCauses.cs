using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>Finds the fact that moves a promised start later. Each can be checked against the state.</summary>
/// <param name="state">The flavor.</param>
internal sealed class PromiseCauses(FlavorState state)
{
    /// <summary>The cause, and what changed.</summary>
    /// <param name="waiting">A run whose reservation cannot start as promised.</param>
    /// <param name="cover">Who would pay for it now.</param>
    /// <param name="now">The instant.</param>
    public (MoveCause Cause, string? By) Of(WaitingRun waiting, Cover cover, DateTimeOffset now)
    {
        var promised = waiting.Reservation!;
        if (promised.Payers.Count == 0)
            return (MoveCause.Demand, null);
        if (!waiting.HasSlice)
            return (MoveCause.Estimate, null);
        if (ReservationGrounds.FirstLost(state, promised.IntendedSlice) is { } node)
            return (MoveCause.Node, node);
        if (!cover.IsFunded)
            return LastingClaim(promised, now) is { } claims
                ? (MoveCause.Outlasted, claims.Demand.Run.ToString()) : (MoveCause.Funding, PayerOf(promised));
        if (FirstOnSlice(promised, run => run.ExpectedEndTicks <= now.UtcTicks) is { } lasting)
            return (MoveCause.Outlasted, lasting.Demand.Run.ToString());
        if (Ahead(waiting, now) is { } ahead)
            return (MoveCause.Ahead, ahead.ToString());
        if (!cover.Payers().SequenceEqual(promised.Payers))
            return (MoveCause.Funding, PayerOf(promised));
        var start = promised.EarliestStart.UtcTicks;
        return (MoveCause.Cuts, FirstOnSlice(promised, run => run.ExpectedEndTicks > start)?.Demand.Run.ToString());
    }

    /// <summary>Whether a run holds slots of a slice.</summary>
    public static bool Holds(RunningRun run, ReadOnlySpan<NodeSlots> slice)
    {
        foreach (var lease in run.OpenLeases)
        {
            if (Overlap(lease.Slots, slice))
                return true;
        }
        return false;
    }

    /// <summary>Whether a run has a claim on one of some payers.</summary>
    public static bool Claims(RunningRun run, IReadOnlyList<EnvelopeKey> payers)
    {
        foreach (var lease in run.OpenLeases)
        {
            if (lease.Payer is { } payer && payers.Contains(payer))
                return true;
        }
        return false;
    }

    /// <summary>Whether a running run had a place in the queue no later than that of a waiting one.</summary>
    public static bool WasAhead(RunningRun run, WaitingRun waiting) =>
        run.Demand.SubmittedAt <= waiting.Demand.SubmittedAt;

    /// <summary>Whether two lists of slots have one in common.</summary>
    public static bool Overlap(IReadOnlyList<NodeSlots> some, ReadOnlySpan<NodeSlots> others)
    {
        var count = some.Count;
        for (var i = 0; i < count; i++)
        {
            var one = some[i];
            foreach (ref readonly var other in others)
            {
                if ((one.Mask & other.Mask) != 0 && one.Node == other.Node)
                    return true;
            }
        }
        return false;
    }

    /// <summary>Of the runs that should have ended by now and have claims on the payers, the first by name.</summary>
    private RunningRun? LastingClaim(Reservation promised, DateTimeOffset now)
    {
        RunningRun? first = null;
        var by = now.UtcTicks;
        foreach (var run in state.RunningRuns)
        {
            if (run.ExpectedEndTicks <= by && IsBefore(run, first) && Claims(run, promised.Payers))
                first = run;
        }
        return first;
    }

    /// <summary>A run with an earlier place that is to use the slice, or uses it.</summary>
    private RunKey? Ahead(WaitingRun waiting, DateTimeOffset now)
    {
        var promised = waiting.Reservation!;
        NodeSlots[] slice = [.. promised.IntendedSlice];
        var end = now + state.ExpectedDuration(waiting.Demand);
        foreach (var other in state.Queue.SlicedBefore(waiting.Demand))
        {
            if (other.Reservation!.EarliestStart < end
                && Overlap(other.Slice, slice))
                return other.Demand.Run;
        }
        var start = promised.EarliestStart.UtcTicks;
        return FirstOnSlice(promised, run => run.ExpectedEndTicks > start && WasAhead(run, waiting))?.Demand.Run;
    }

    /// <summary>Of the runs that hold slots of the slice and meet a condition, the first by name.</summary>
    private RunningRun? FirstOnSlice(Reservation promised, Func<RunningRun, bool> meets)
    {
        RunningRun? first = null;
        var slice = promised.IntendedSlice;
        for (var i = 0; i < slice.Count; i++)
        {
            foreach (var (run, slots) in state.RunningWork.On(slice[i].Node))
            {
                if ((slots & slice[i].Mask) != 0 && meets(run) && IsBefore(run, first))
                    first = run;
            }
        }
        return first;
    }

    /// <summary>The first payer that may no longer pay. Otherwise the first.</summary>
    private string PayerOf(Reservation promised)
    {
        foreach (var payer in promised.Payers)
        {
            if (!state.Funding.MayPromise(payer, promised.EarliestStart))
                return payer.ToString();
        }
        return promised.Payers[0].ToString();
    }

    private static bool IsBefore(RunningRun run, RunningRun? other) =>
        other is null || run.Demand.Run.CompareTo(other.Demand.Run) < 0;
}

using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// Checks that a promised start moves later only for a recorded cause, and that the state before the move bears the
/// cause out.
/// </summary>
public static class PromiseChecks
{
    /// <summary>What is wrong with the reservation of an entry. Null if nothing is.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="before">The state before the entry.</param>
    public static string? Check(LedgerEntry entry, FlavorState before)
    {
        if (entry is not { Reserve: { } reserved, Queue: null }
            || before.Queue.Find(reserved.Run) is not { Reservation: { } promised } waiting)
            return null;
        if (promised.Basis is null)
            return null; // Before promises were kept, causes were not recorded.
        if (reserved.EarliestStart <= promised.EarliestStart)
            return reserved.Moves == promised.Moves && reserved.Moved == promised.Moved ? null
                : $"The start of {reserved.Run} is no later than before, but counts as moved.";
        if (reserved.Moved is not { } moved || reserved.Moves != promised.Moves + 1
            || moved.From != promised.EarliestStart || moved.At != entry.At)
            return $"The start promised to {reserved.Run} moves later without a recorded cause.";
        return IsBorneOut(moved, waiting, before, entry.At) ? null
            : $"The start promised to {reserved.Run} moves later, and its cause, {moved.Cause} " +
                $"{moved.By ?? "of nobody"}, is not borne out.";
    }

    private static bool IsBorneOut(PromiseMove move, WaitingRun waiting, FlavorState before, DateTimeOffset at)
    {
        var promised = waiting.Reservation!;
        var by = move.By is { } name && RunKey.TryParse(name, out var key) ? key : default;
        var running = by == default ? null : before.Running.GetValueOrDefault(by);
        return move.Cause switch
        {
            MoveCause.Demand => promised.Payers.Count == 0,
            MoveCause.Estimate => promised.Basis == StartBasis.Estimate && !waiting.HasSlice,
            MoveCause.Node => promised.IntendedSlice.Any(slots => slots.Node == move.By
                && !IsUsable(before.Fleet.Find(slots.Node), slots)),
            MoveCause.Funding => FundingChanged(promised, waiting, before),
            MoveCause.Outlasted => running is not null && running.ExpectedEnd <= at
                && (PromiseCauses.Holds(running, [.. promised.IntendedSlice])
                    || PromiseCauses.Claims(running, promised.Payers)),
            MoveCause.Ahead => IsAhead(by, running, waiting, before, at),
            MoveCause.Cuts => running is not null && running.ExpectedEnd > move.From
                && PromiseCauses.Holds(running, [.. promised.IntendedSlice]),
            _ => false,
        };
    }

    private static bool IsUsable(Node? node, NodeSlots slots) => node is { State: NodeState.Ready }
        && (node.Gpus == Node.GpusMax || slots.Mask < 1UL << node.Gpus);

    private static bool FundingChanged(Reservation promised, WaitingRun waiting, FlavorState before)
    {
        var cover = before.Funding.Cover(waiting.RankedDemand);
        return !cover.IsFunded || !cover.Payers().SequenceEqual(promised.Payers);
    }

    private static bool IsAhead(
        RunKey by, RunningRun? running, WaitingRun waiting, FlavorState before, DateTimeOffset at)
    {
        var promised = waiting.Reservation!;
        if (running is not null)
            return PromiseCauses.WasAhead(running, waiting)
                && running.ExpectedEnd > promised.EarliestStart
                && PromiseCauses.Holds(running, [.. promised.IntendedSlice]);
        return before.Queue.Find(by) is { HasSlice: true } other
            && PromiseOrder.Compare(other, waiting) < 0
            && other.Reservation!.EarliestStart < at + before.ExpectedDuration(waiting.Demand)
            && PromiseCauses.Overlap(other.Slice, [.. promised.IntendedSlice]);
    }
}

using System.Runtime.CompilerServices;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>
/// Says in sentences what a ledger entry did: who, what, where, and paid by what. Every listing of a ledger uses these.
/// </summary>
public static class EntrySentences
{
    private const int NamesShown = 4;

    /// <summary>What an entry did, one sentence for each fact, without a full stop; never empty.</summary>
    /// <param name="entry">The entry.</param>
    public static IReadOnlyList<string> Of(LedgerEntry entry)
    {
        List<string> facts = [];
        if (entry.Resolution is { } resolution)
            facts.Add(Of(resolution));
        if (entry.Lottery is { } lottery)
            facts.Add(Text(
                $"for {lottery.For} the lot falls on {Names(lottery.Draws)}, of {lottery.Candidates.Count}"));
        facts.AddRange((entry.Nodes ?? []).Take(NamesShown).Select(node => Of(node, entry.At)));
        if (entry.Nodes?.Count > NamesShown)
            facts.Add($"and {Counted.Of(entry.Nodes.Count - NamesShown, "more node")} besides");
        if (entry.NodesRemoved is { } gone)
            facts.Add($"{Counted.Of(gone.Count, "node")} removed: {Names(gone)}");
        facts.AddRange((entry.Budgets ?? []).Select(Of));
        if (entry.BudgetsRemoved is { } budgets)
            facts.Add($"{Counted.Of(budgets.Count, "budget")} removed: {Names(budgets)}");
        facts.AddRange((entry.End ?? []).GroupBy(end => (end.Run, end.Reason)).Select(Of));
        facts.AddRange((entry.Close ?? []).Select(closing => Of(closing, entry)));
        if (entry.Queue is { } demand)
            facts.Add(Text($"{demand.Run} of {demand.Owner} asks for {Counted.Of(demand.Gpus, "GPU")} and waits"));
        if (entry.Reserve is { } reservation)
            facts.Add(Of(reservation, entry.At));
        if (entry.Lapse is { } lapsed)
            facts.Add($"the reservation of {lapsed} lapses; it keeps waiting");
        if (entry.Leave is { } departure)
            facts.Add($"{departure.Run} leaves the queue: {departure.Reason}");
        if (entry.Open is { } opening)
            facts.Add(Of(opening));
        facts.AddRange((entry.Swap ?? []).Select(Of));
        facts.AddRange((entry.Assign ?? []).Select(
            assigned => Text($"lease {assigned.Lease} of {assigned.Run} is paid by {assigned.Payer} from now on")));
        facts.AddRange((entry.Resize ?? []).Select(
            change => Text($"{change.Run} is to have {Counted.Of(change.Desired, "GPU")}")));
        if (entry.Loss is { } loss)
            facts.Add(Of(loss, entry.Sequence));
        return facts.Count > 0 ? facts : ["the time is noted: a window opens or closes, or an answer is fenced"];
    }

    /// <summary>How leases begin, such as <c>starts on 8 GPUs: n1#0-7, paid by lab/train</c>.</summary>
    /// <param name="opening">The leases that begin.</param>
    public static string Beginning(Opening opening)
    {
        var active = opening.Leases.Where(lease => lease.Role == LeaseRole.Active).Sum(lease => Gpus(lease.Slots));
        var spares = opening.Leases.Where(lease => lease.Role == LeaseRole.Spare).Sum(lease => Gpus(lease.Slots));
        var verb = opening.Reason switch
        {
            LeaseStartReason.Grow => "grows by",
            LeaseStartReason.Swap => "gets as replacement",
            LeaseStartReason.Promise => "starts as promised on",
            _ => "starts on",
        };
        var reserve = spares > 0 ? Text($" and {Counted.Of(spares, "spare")}") : "";
        var slots = Slots(opening.Leases.SelectMany(lease => lease.Slots));
        return $"{verb} {Counted.Of(active, "GPU")}{reserve}: {slots}, {PaidBy(opening.Leases)}";
    }

    private static string Of(LedgerLoss loss, long sequence)
    {
        if (loss.IsSettled)
            return "nothing runs any more that lost entries started; nodes that were cordoned for it are ready";
        var lost = loss.LastLost >= sequence ? Text($"entries {sequence} to {loss.LastLost} were lost by the store")
            : "entries may have been lost by the store";
        return $"{lost}, and this was accepted; all nodes are cordoned, since they may hold lost leases";
    }

    /// <summary>What a reservation promises.</summary>
    /// <param name="reservation">The reservation.</param>
    public static string Promise(Reservation reservation)
    {
        var where = reservation.IntendedSlice.Count == 0 ? "" : $" on {Slots(reservation.IntendedSlice)}";
        var payers = reservation.Payers.Count == 0 ? "" : $", paid by {Names(reservation.Payers)}";
        var missing = reservation.DeficitGPUs == 0 ? ""
            : $"; {Counted.Of(reservation.DeficitGPUs, "GPU")} missing";
        return $"a start at {At(reservation.EarliestStart)}{where}{payers}{missing}";
    }

    /// <summary>Why a promised start moved.</summary>
    /// <param name="move">The move.</param>
    public static string Cause(PromiseMove move)
    {
        var by = move.By is { } what ? $" ({what})" : "";
        return move.Cause switch
        {
            MoveCause.Outlasted => $"a run on its slice outlasts what was expected{by}",
            MoveCause.Node => $"a node of its slice is gone or takes no new work{by}",
            MoveCause.Funding => $"a budget changed or a window closed{by}",
            MoveCause.Ahead => $"a run with an earlier place came back or changed{by}",
            MoveCause.Demand => "it asks for something else",
            _ => $"the cuts it counted on are not allowed or not enough any more{by}",
        };
    }

    /// <summary>The rule by which leases ended, in words.</summary>
    /// <param name="reason">Why they ended.</param>
    public static string Rule(LeaseEndReason reason) => reason switch
    {
        LeaseEndReason.ReclaimUnfunded => "unfunded work yields to funded demand",
        LeaseEndReason.RandomPreempt => "a lottery among funded runs",
        LeaseEndReason.DropSpare => "spares are dropped for a reservation",
        LeaseEndReason.Shrink => "elastic runs shrink",
        LeaseEndReason.NodeFailure => "its node was fenced",
        LeaseEndReason.ReclaimedBySpare => "a filler gives its slots back to the spare beneath",
        LeaseEndReason.Swap => "a spare takes over",
        LeaseEndReason.SwapDeclined => "a swap would have cut funded work",
        _ => reason.ToString(),
    };

    /// <summary>The instant as it is written everywhere.</summary>
    internal static string At(DateTimeOffset at) => Text($"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z");

    internal static string Names<T>(IEnumerable<T> names)
    {
        var all = names.Select(name => name!.ToString()!).ToArray();
        var shown = string.Join(", ", all.Take(NamesShown));
        return all.Length > NamesShown ? Text($"{shown} and {all.Length - NamesShown} more") : shown;
    }

    // Jobtree runs with invariant globalization, so numbers have the same format everywhere.
    internal static string Text(ref DefaultInterpolatedStringHandler text) => text.ToStringAndClear();

    private static string Of(Resolution resolution)
    {
        var sparedRuns = resolution.Spared.Select(draw => draw.Run).Distinct().ToArray();
        var spared = sparedRuns.Length == 0 ? "" : $"; spared: {Names(sparedRuns)}";
        return Text($"{resolution.For} is {Counted.Of(resolution.Deficit, "GPU")} short; of ") + Text(
            $"{Counted.Of(resolution.Candidates.Count, "candidate")}, the lot falls on ")
            + Names(resolution.Draws.Select(draw => draw.Run).Distinct()) + spared + Charged(resolution);
    }

    private static string Charged(Resolution resolution) => resolution.Charge is not { } charge ? ""
        : Text($"; {charge.Loss / 3600.0:0.#} GPU-hours are lost, more than is saved, and charged to {charge.Owner}");

    private static string Of(Node node, DateTimeOffset at)
    {
        var what = Text($"node {node.Name} ({Counted.Of(node.Gpus, "GPU")}, {node.Domain()}) is {node.State}");
        var until = node.EmptyBy is { } empty ? $", to be empty by {At(empty)}" : "";
        return node.StateSet is { } set && set.Since == at && set.Reason is { } reason ? $"{what}{until}: {reason}"
            : what + until;
    }

    private static string Of(Budget budget)
    {
        var envelopes = budget.Envelopes.Select(
            envelope => $"{envelope.Name} {Counted.Of(envelope.Concurrency, "GPU")}");
        return $"budget {budget.Key} of {budget.Owner} has {Names(envelopes)}";
    }

    private static string Of(IGrouping<(RunKey Run, LeaseEndReason Reason), LeaseEnd> ends) =>
        Text($"{ends.Key.Run} gives up {Counted.Of(ends.Count(), "lease")}: {Rule(ends.Key.Reason)}");

    private static string Of(Closing closing, LedgerEntry entry)
    {
        var cause = closing.Reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt
            && entry.Open?.Starts() is { } starts ? $" for {starts}" : "";
        var after = closing.Requeue ? "and waits again" : "for good";
        return $"{closing.Run} ends{cause} {after}: {Rule(closing.Reason)}";
    }

    private static string Of(Reservation reservation, DateTimeOffset at) => reservation.Moved is { } move
        && move.At == at
        ? $"the start promised to {reservation.Run} moves from {At(move.From)} to {At(reservation.EarliestStart)}: "
            + Cause(move)
        : $"{reservation.Run} is promised {Promise(reservation)}";

    private static string Of(Opening opening) => $"{opening.Starts()} {Beginning(opening)}";

    private static int Gpus(IReadOnlyList<NodeSlots> slots) => slots.Sum(some => some.Count);

    private static string Slots(IEnumerable<NodeSlots> slots) => string.Join(' ', slots
        .GroupBy(some => some.Node, some => some.Mask)
        .Select(node => new NodeSlots(node.Key, node.Aggregate((left, right) => left | right))));

    private static string PaidBy(IReadOnlyList<OpeningLease> leases)
    {
        var payers = leases.GroupBy(lease => lease.Payer, lease => Gpus(lease.Slots)).ToArray();
        return payers.Length == 1
            ? payers[0].Key is { } only ? $"paid by {only}" : "paid by nobody"
            : "paid by " + string.Join(" and ", payers.Select(
                payer => Text($"{payer.Key?.ToString() ?? "nobody"} ({payer.Sum()})")));
    }
}

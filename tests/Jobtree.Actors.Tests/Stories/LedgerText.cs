using System.Text.Json;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>
/// Writes ledger entries for people, a line per thing that happened. Hashes and seeds are left out: they change with
/// every byte of an entry.
/// </summary>
internal static class LedgerText
{
    public static IEnumerable<string> Of(byte[] record)
    {
        var entry = JsonSerializer.Deserialize(record, LedgerJson.Default.LedgerEntry)!;
        return Lines(entry).Select(line => $"{Time(entry.At)} {line}");
    }

    public static string Time(DateTimeOffset at) => Duration.Format(at - VirtualTime.Epoch);

    private static IEnumerable<string> Lines(LedgerEntry entry)
    {
        if (entry.Nodes is { } nodes)
        {
            var states = nodes.GroupBy(node => node.State).Select(state => $"{state.Key}:{state.Count()}");
            yield return $"nodes {string.Join(' ', states)}";
        }
        if (entry.NodesRemoved is { } removed)
            yield return $"nodes removed {string.Join(' ', removed)}";
        if (entry.Budgets is { } budgets)
            yield return $"budgets {string.Join(' ', budgets.Select(budget => budget.Name))}";
        if (entry.BudgetsRemoved is { } gone)
            yield return $"budgets removed {string.Join(' ', gone)}";
        if (entry.Lottery is { } lottery)
            yield return $"lottery for {lottery.For} among {string.Join(' ', lottery.Candidates)}; drawn: " +
                $"{string.Join(' ', lottery.Draws)}";
        if (entry.Resolution is { } decision)
        {
            foreach (var step in decision.Candidates.GroupBy(candidate => candidate.Step))
                yield return $"cuts for {decision.For}: {step.Key} among " + string.Join(' ', step.Select(Candidate));
            yield return $"drawn: {string.Join(' ', decision.Draws.Select(Draw))}" + (decision.Spared.Count == 0 ? ""
                : $"; spared: {string.Join(' ', decision.Spared.Select(Draw))}");
            if (decision.Charge is { } charge)
                yield return $"charged to {charge.Owner}: {charge.Loss}s, in all {charge.Used}s";
        }
        foreach (var end in entry.End ?? [])
            yield return $"end {end.Lease} {end.Reason} {end.Run}";
        foreach (var closing in entry.Close ?? [])
            yield return $"close {closing.Run} {closing.Reason}{(closing.Requeue ? ", back to the queue" : "")}";
        if (entry.Queue is { } demand)
            yield return $"queue {demand.Run} {demand.Gpus}";
        if (entry.Reserve is { } reservation)
            yield return $"reserve {reservation.Run} from {Time(reservation.EarliestStart)} on " +
                $"{SlotText.Of(reservation.IntendedSlice)} by {Payers(reservation.Payers)}, " +
                $"{reservation.DeficitGPUs} short{Moved(reservation, entry.At)}";
        if (entry.Lapse is { } lapsed)
            yield return $"lapse {lapsed}";
        if (entry.Leave is { } departure)
            yield return $"leave {departure.Run} {(departure.Held ? $"Held by {entry.By}" : departure.Reason)}";
        foreach (var width in entry.Resize ?? [])
            yield return $"desired {width.Run} {width.Desired}";
        foreach (var opening in (entry.Open is { } first ? [first] : Array.Empty<Opening>()).Concat(entry.Swap ?? []))
        {
            for (var i = 0; i < opening.Leases.Count; i++)
                yield return $"open {opening.FirstLease + i} {opening.Reason} {opening.Starts()} " +
                    $"{Lease(opening.Leases[i])}";
        }
        foreach (var assignment in entry.Assign ?? [])
            yield return $"assign {assignment.Lease} of {assignment.Run} to {assignment.Payer}";
        if (entry is { Nodes: null, NodesRemoved: null, Budgets: null, BudgetsRemoved: null, Close: null, Queue: null,
            Reserve: null, Lapse: null, Leave: null, Open: null, End: null, Assign: null, Swap: null, Resize: null })
            yield return "window";
    }

    /// <summary>What moved the start later in this entry.</summary>
    private static string Moved(Reservation reservation, DateTimeOffset at) =>
        reservation.Moved is { } moved && moved.At == at
            ? $"; moved from {Time(moved.From)}: {moved.Cause}{(moved.By is { } by ? $" {by}" : "")}, " +
                $"{reservation.Moves} in all"
            : "";

    private static string Candidate(CutCandidate candidate) =>
        $"{candidate.Run}{(candidate.Part is { } part ? $".{part}" : "")}({candidate.Gpus}, loses {candidate.Loss}s)";

    private static string Draw(CutDraw draw) => $"{draw.Run}{(draw.Part is { } part ? $".{part}" : "")}";

    private static string Lease(OpeningLease lease) =>
        $"group {lease.Group}: {lease.Slots.Sum(slots => slots.Count)}" +
        $"{(lease.Role == LeaseRole.Spare ? " spare" : "")} on {SlotText.Of(lease.Slots)} by " +
        $"{lease.Payer?.ToString() ?? "nobody"}";

    private static string Payers(IReadOnlyList<EnvelopeKey> payers) =>
        payers.Count == 0 ? "nobody" : string.Join('+', payers);
}

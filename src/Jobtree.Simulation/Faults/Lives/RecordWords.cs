using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Says what became durable, for the story.</summary>
internal static class RecordWords
{
    /// <summary>A record of an actor; null if it is of no interest.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="record">The record.</param>
    /// <param name="run">The run's record after it, if it is one of a run.</param>
    public static string? Of(ActorKey actor, byte[] record, RunRecord? run) => actor.Kind switch
    {
        ActorKind.Run when run is not null => string.Create(CultureInfo.InvariantCulture,
            $"    {run.Key} is {run.Phase}{(run.IsDecided ? "" : ", undecided")}, attempt {run.Attempt}, {run.Reason}"),
        ActorKind.Flavor => Of(actor.Name, LedgerFormat.Read(record, null)),
        _ => null,
    };

    private static string Of(string flavor, LedgerEntry entry)
    {
        List<string> words = [.. (entry.Nodes ?? []).Select(node => $"node {node.Name} {node.State}"),
            .. (entry.NodesRemoved ?? []).Select(node => $"node {node} removed"),
            .. (entry.Budgets ?? []).Select(budget => $"budget {budget.Key}"),
            .. (entry.BudgetsRemoved ?? []).Select(budget => $"budget {budget} removed"),
            .. (entry.Close ?? []).Select(closing =>
                $"close {closing.Run} {closing.Reason}{(closing.Requeue ? ", back to the queue" : "")}"),
            .. (entry.End ?? []).Select(end => string.Create(
                CultureInfo.InvariantCulture, $"end lease {end.Lease} of {end.Run} {end.Reason}"))];
        if (entry.Queue is { } demand)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"queue {demand.Run} {demand.Gpus}"));
        if (entry.Reserve is { } reserve)
            words.Add($"reserve {reserve.Run} for {reserve.EarliestStart.ToString("T", CultureInfo.InvariantCulture)}");
        if (entry.Lapse is { } lapsed)
            words.Add($"lapse {lapsed}");
        if (entry.Leave is { } left)
            words.Add($"leave {left.Run} {left.Reason}");
        if (entry.Open is { } opening)
            words.Add($"open {opening.Starts()} " + string.Join(' ', opening.Leases.Select(Of)));
        words.AddRange((entry.Swap ?? []).Select(swap =>
            $"swap {swap.Starts()} " + string.Join(' ', swap.Leases.Select(Of))));
        words.AddRange((entry.Assign ?? []).Select(assigned => string.Create(CultureInfo.InvariantCulture,
            $"lease {assigned.Lease} of {assigned.Run} by {assigned.Payer}")));
        words.AddRange((entry.Resize ?? []).Select(width => string.Create(CultureInfo.InvariantCulture,
            $"desired {width.Run} {width.Desired}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"    {flavor} {entry.Sequence}: {(words.Count == 0 ? "time" : string.Join("; ", words))}");
    }

    private static string Of(OpeningLease lease) =>
        $"{(lease.Role == LeaseRole.Spare ? "spare " : "")}{string.Join(',', lease.Slots)} by "
        + (lease.Payer?.ToString() ?? "nobody");
}

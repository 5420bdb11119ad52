using System.Diagnostics;
using Jobtree.Actors.Runs;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Actors;

/// <summary>The spans of recorded changes of state. Without a listener nothing is created or computed.</summary>
internal static class StateSpans
{
    /// <summary>Begins the span of a run's record.</summary>
    /// <param name="run">The run.</param>
    /// <param name="change">The record.</param>
    public static Activity? Begin(RunKey run, RunEvent change)
    {
        if (Spans.Begin(Spans.StateUpdate) is not { } span)
            return null;
        return Named(span, run.ToString(), "run", change switch
        {
            { Submitted: not null } => "submit",
            { Fact: { } fact } => fact.Kind.ToString().ToLowerInvariant(),
            { Ended: not null } => "end",
            { Refused: not null } => "refuse",
            { Refunded: not null } => "refund",
            { Waiting.Held: not null } => "hold",
            { Waiting.Released: not null } => "release",
            _ => "follow",
        });
    }

    /// <summary>Begins the span of an entry of a flavor's ledger.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="entry">The entry.</param>
    public static Activity? Begin(string flavor, LedgerEntry entry)
    {
        if (Spans.Begin(Spans.StateUpdate) is not { } span)
            return null;
        return entry switch
        {
            { Open: { } open } => Named(span, FirstNode(open) ?? flavor, "lease", "open"),
            { Close: not null } => Named(span, flavor, "lease", "close"),
            { End: not null } => Named(span, flavor, "lease", "end"),
            { Reserve: not null } => Named(span, flavor, "reservation", "put"),
            { Lapse: not null } => Named(span, flavor, "reservation", "lapse"),
            { Queue: not null } => Named(span, flavor, "queue", "put"),
            { Leave: not null } => Named(span, flavor, "queue", "leave"),
            { Nodes: [var node, ..] } => Named(span, node.Name, "node", "put"),
            { NodesRemoved: [var node, ..] } => Named(span, node, "node", "remove"),
            { Loss: not null } => Named(span, flavor, "loss", "put"),
            { Budgets: [var budget, ..] } => Named(span, budget.Key, "budget", "put"),
            { BudgetsRemoved: [var budget, ..] } => Named(span, budget, "budget", "remove"),
            _ => Named(span, flavor, "time", "advance"),
        };
    }

    private static string? FirstNode(Opening open) =>
        open.Leases is [{ Slots: [var slots, ..] }, ..] ? slots.Node : null;

    private static Activity Named(Activity span, string target, string type, string operation) => span
        .SetTag(Spans.TargetId, target).SetTag(Spans.StateType, type).SetTag(Spans.Operation, operation);
}

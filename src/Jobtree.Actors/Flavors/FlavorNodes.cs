using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>The commands about a flavor's nodes: what their manifests say, and what is done to them.</summary>
internal static class FlavorNodes
{
    private const int NodesPerEntryMax = 2048;

    /// <inheritdoc cref="IFlavor.PutNodes"/>
    public static ValueTask<Result<NodeChanges>> Put(
        FlavorTurns turns, IReadOnlyList<Node> nodes, string? by)
    {
        if (Conflict(turns.State, nodes) is { } conflict)
            return turns.WhenDurable<Result<NodeChanges>>(conflict);
        var put = nodes.Select(node => WithStateOf(turns.State, node, by)).ToArray();
        var keepingState = put.Where((node, i) => node.State != nodes[i].State).ToArray();
        var changed = put.Where(node => turns.State.Fleet.Find(node.Name) is not { } old || !IsSame(old, node))
            .ToArray();
        if (changed.Length == 0)
            return turns.WhenDurable<Result<NodeChanges>>(new NodeChanges([], keepingState));
        var now = turns.CatchUp();
        // The journal limits the record size, so registering a large fleet at once takes several entries.
        foreach (var nodesOfEntry in changed.Chunk(NodesPerEntryMax))
            turns.Ledger.Record(new LedgerEntry { At = now, Nodes = nodesOfEntry, By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable<Result<NodeChanges>>(
            new NodeChanges([.. changed.Select(node => node.Name)], keepingState));
    }

    /// <inheritdoc cref="IFlavor.FindNodeConflict"/>
    public static ValueTask<Problem?> FindConflict(FlavorTurns turns, IReadOnlyList<Node> nodes) =>
        turns.WhenDurable(Conflict(turns.State, nodes));

    /// <inheritdoc cref="IFlavor.SetNodeState"/>
    public static ValueTask<Result<bool>> SetState(FlavorTurns turns,
        string node, NodeState to, string by, string? reason, DateTimeOffset? emptyBy)
    {
        if (turns.State.Fleet.Find(node) is not { } present)
            return turns.WhenDurable<Result<bool>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node} of flavor {turns.Flavor}."));
        if (present.State == to && present.EmptyBy == emptyBy)
            return turns.WhenDurable<Result<bool>>(false);
        var now = turns.CatchUp();
        if (to == NodeState.Draining && !(emptyBy > now))
            return turns.WhenDurable<Result<bool>>(new Problem(ProblemCode.Invalid,
                $"A node is drained by an instant that is yet to come; it is {now.UtcDateTime:u} now."));
        var changed = present with { State = to, StateSet = new NodeStateChange(by, now, reason),
            EmptyBy = to == NodeState.Draining ? emptyBy : null };
        var entry = to == NodeState.Fenced ? NodeFailurePlan.Of(turns.State, changed, now)
            : new LedgerEntry { At = now, Nodes = [changed] };
        turns.Ledger.Record(entry with { By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable<Result<bool>>(true);
    }

    /// <inheritdoc cref="IFlavor.RemoveNode"/>
    public static ValueTask<Result<bool>> Remove(FlavorTurns turns, string node, string? by)
    {
        if (turns.State.Fleet.Find(node) is null)
            return turns.WhenDurable<Result<bool>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node} of flavor {turns.Flavor}."));
        if (turns.State.Fleet.UsedSlots(node) != 0)
            return turns.WhenDurable<Result<bool>>(
                new Problem(ProblemCode.Conflict,
                $"Node {node} has open leases; cordon it and wait for them to end, or cancel their runs."));
        var now = turns.CatchUp();
        turns.Ledger.Record(new LedgerEntry { At = now, NodesRemoved = [node], By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable<Result<bool>>(true);
    }

    /// <inheritdoc cref="IFlavor.SettleLoss"/>
    public static ValueTask<bool> SettleLoss(FlavorTurns turns, string? by)
    {
        if (turns.State.NodesDoubtedSince is null)
            return turns.WhenDurable(false);
        var now = turns.CatchUp();
        turns.Ledger.Record(new LedgerEntry { At = now, Loss = new LedgerLoss { IsSettled = true }, By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable(true);
    }

    /// <summary>
    /// A manifest's node with the state recorded here. A new node keeps the state in the manifest; but after a loss of
    /// entries it may be one that they knew, and so does not begin as ready.
    /// </summary>
    private static Node WithStateOf(FlavorState state, Node node, string? by)
    {
        if (state.Fleet.Find(node.Name) is { } present)
            return node with { State = present.State, StateSet = present.StateSet, EmptyBy = present.EmptyBy };
        return state.NodesDoubtedSince is { } since && node.State == NodeState.Ready
            ? node with { State = NodeState.Cordoned,
                StateSet = new NodeStateChange(by ?? LedgerLoss.NodeSetBy, since, LedgerLoss.NodeReason) } : node;
    }

    private static Problem? Conflict(FlavorState state, IReadOnlyList<Node> nodes) =>
        nodes.FirstOrDefault(node => ChangesUnderLeases(state, node)) is { } node
            ? new Problem(ProblemCode.Conflict,
                $"Node {node.Name} has open leases; its GPUs and labels can be changed when they have ended.")
            : null;

    private static bool ChangesUnderLeases(FlavorState state, Node node) =>
        state.Fleet.Find(node.Name) is { } old && state.Fleet.UsedSlots(node.Name) != 0
        && (old.Gpus != node.Gpus || !old.Labels.OrderBy(label => label.Key).SequenceEqual(
            node.Labels.OrderBy(label => label.Key)));

    private static bool IsSame(Node left, Node right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Node).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Node));
}

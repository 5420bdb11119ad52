using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>The directory: writes all budgets as one family graph, and knows which node is of which flavor.</summary>
/// <param name="journal">Its journal.</param>
/// <param name="fleet">The other actors.</param>
public sealed class DirectoryActor(IJournal journal, IFleet fleet) : IDirectory
{
    private const int NodesPerRecordMax = 2048;

    private readonly SortedDictionary<string, Budget> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> flavorByNode = [];
    private readonly SortedSet<string> flavors = new(StringComparer.Ordinal);
    private long sequence;

    /// <inheritdoc/>
    public async ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put)
    {
        var outcomes = put.Select(Outcome).ToArray();
        var changed = put.Where((_, index) => outcomes[index] != "unchanged").ToArray();
        if (changed.Length == 0)
            return new BudgetOutcomes(outcomes);
        var names = put.Select(budget => budget.Name).ToHashSet();
        if (new Kinship(budgets.Values.Where(budget => !names.Contains(budget.Name)).Concat(put))
            .FindCycle() is { } cycle)
            return new Problem(ProblemCode.Invalid,
                $"The parents form a cycle: {string.Join(" -> ", cycle)}. Parents must be a directed graph without one.");
        var known = flavors.ToArray();
        await Append(new DirectoryEvent { Budgets = changed });
        foreach (var flavor in flavors)
            await fleet.Flavor(flavor).PutBudgets(known.Contains(flavor) ? changed : [.. budgets.Values], []);
        return new BudgetOutcomes(outcomes);
    }

    /// <inheritdoc/>
    public async ValueTask<Result<bool>> RemoveBudget(string budget)
    {
        if (!budgets.ContainsKey(budget))
            return new Problem(ProblemCode.NotFound, $"There is no budget {budget}.");
        await Append(new DirectoryEvent { BudgetsRemoved = [budget] });
        foreach (var flavor in flavors)
            await fleet.Flavor(flavor).PutBudgets([], [budget]);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes)
    {
        foreach (var node in nodes)
        {
            if (flavorByNode.TryGetValue(node.Name, out var flavor) && flavor != node.Flavor)
                return new Problem(ProblemCode.Conflict,
                    $"Node {node.Name} is of flavor {flavor}; delete it before it comes back as {node.Flavor}.");
        }
        var areNew = nodes.Select(node => !flavorByNode.ContainsKey(node.Name)).ToArray();
        var fresh = nodes.Where((_, index) => areNew[index]).ToArray();
        if (fresh.Length > 0)
        {
            var unknown = fresh.Select(node => node.Flavor).Where(flavor => !flavors.Contains(flavor)).ToHashSet();
            foreach (var nodesOfRecord in fresh.Chunk(NodesPerRecordMax))
                await Append(new DirectoryEvent { Nodes = [
                    .. nodesOfRecord.Select(node => new NodeEntry(node.Name, node.Flavor))] });
            foreach (var flavor in unknown)
                await fleet.Flavor(flavor).PutBudgets([.. budgets.Values], []);
        }
        return new NodeOutcomes(areNew);
    }

    /// <inheritdoc/>
    public ValueTask ForgetNode(string node) =>
        flavorByNode.ContainsKey(node) ? Append(new DirectoryEvent { NodesRemoved = [node] }) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<string?> FlavorOf(string node) => ValueTask.FromResult(flavorByNode.GetValueOrDefault(node));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Budget>> Budgets() =>
        ValueTask.FromResult<IReadOnlyList<Budget>>([.. budgets.Values]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> Flavors() => ValueTask.FromResult<IReadOnlyList<string>>([.. flavors]);

    /// <inheritdoc/>
    public async ValueTask Resume()
    {
        foreach (var flavor in flavors)
        {
            var kept = (await fleet.Flavor(flavor).Envelopes()).Select(envelope => envelope.Envelope.Budget).Distinct();
            await fleet.Flavor(flavor).PutBudgets(
                [.. budgets.Values], [.. kept.Where(budget => !budgets.ContainsKey(budget))]);
        }
    }

    /// <summary>Takes in a record of the journal, at recovery.</summary>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) =>
        Apply(JsonSerializer.Deserialize(record, DirectoryJson.Default.DirectoryEvent)
            ?? throw new JsonException("The record is null."));

    /// <summary>Takes over a snapshot, at recovery.</summary>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> state)
    {
        var snapshot = JsonSerializer.Deserialize(state, DirectoryJson.Default.DirectorySnapshot)
            ?? throw new JsonException("The snapshot is null.");
        Apply(new DirectoryEvent { Budgets = snapshot.Budgets, Nodes = snapshot.Nodes });
        flavors.UnionWith(snapshot.Flavors);
        sequence = snapshot.Sequence;
    }

    /// <summary>The state as a snapshot, and the number of the last journal record in it.</summary>
    public (long Sequence, byte[] State) Snapshot() => (sequence, JsonSerializer.SerializeToUtf8Bytes(
        new DirectorySnapshot(
            sequence, [.. budgets.Values], [.. flavorByNode.OrderBy(node => node.Key, StringComparer.Ordinal)
                .Select(node => new NodeEntry(node.Key, node.Value))], [.. flavors]),
        DirectoryJson.Default.DirectorySnapshot));

    private string Outcome(Budget budget)
    {
        if (!budgets.TryGetValue(budget.Name, out var old))
            return "created";
        return Canonical(old).AsSpan().SequenceEqual(Canonical(budget)) ? "unchanged" : "changed";
    }

    private static byte[] Canonical(Budget budget) =>
        JsonSerializer.SerializeToUtf8Bytes(budget, ModelJson.Default.Budget);

    private async ValueTask Append(DirectoryEvent change)
    {
        await journal.Append(sequence + 1, JsonSerializer.SerializeToUtf8Bytes(
            change, DirectoryJson.Default.DirectoryEvent));
        Apply(change);
    }

    private void Apply(DirectoryEvent change)
    {
        foreach (var budget in change.Budgets ?? [])
        {
            budgets[budget.Name] = budget;
            flavors.UnionWith(budget.Envelopes.Select(envelope => envelope.Flavor));
        }
        foreach (var name in change.BudgetsRemoved ?? [])
            budgets.Remove(name);
        foreach (var node in change.Nodes ?? [])
        {
            flavorByNode[node.Name] = node.Flavor;
            flavors.Add(node.Flavor);
        }
        foreach (var name in change.NodesRemoved ?? [])
            flavorByNode.Remove(name);
        sequence++;
    }
}

using Jobtree.Core;
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
    private readonly BudgetOutbox outbox = new();
    private long sequence;
    private StateDivergedException? diverged;

    /// <summary>
    /// Whether a record is in the journal that could not be applied: then every change fails, the activation must end,
    /// and its state must not be kept.
    /// </summary>
    public bool HasDiverged => diverged is not null;

    /// <summary>Whether a flavor has still to hear of a budget.</summary>
    public bool HasUndelivered => !outbox.IsEmpty;

    /// <summary>The flavors that have still to hear of a budget, in order.</summary>
    public IReadOnlyList<string> Undelivered => outbox.Flavors;

    /// <inheritdoc/>
    public async ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put)
    {
        ThrowIfDiverged();
        put = [.. put.Select(WithFormerKey)];
        var outcomes = put.Select(Outcome).ToArray();
        var changed = put.Where((_, index) => outcomes[index] != "unchanged").ToArray();
        if (changed.Length > 0)
        {
            var replaced = changed.Where(budget => budget.FormerKey is { } former && IsFormer(former, budget))
                .Select(budget => budget.FormerKey!).ToArray();
            var keys = put.Select(budget => budget.Key).Concat(replaced).ToHashSet();
            if (new Kinship(budgets.Values.Where(budget => !keys.Contains(budget.Key)).Concat(put))
                .FindCycle() is { } cycle)
                return new Problem(ProblemCode.Invalid,
                    $"The parents form a cycle: {string.Join(" -> ", cycle)}. "
                    + "Parents must be a directed graph without one.");
            await Append(new DirectoryEvent { Budgets = changed,
                BudgetsRemoved = replaced.Length > 0 ? replaced : null });
        }
        await TryDeliver();
        return new BudgetOutcomes(outcomes);
    }

    /// <inheritdoc/>
    public async ValueTask<Result<bool>> RemoveBudget(string budget)
    {
        ThrowIfDiverged();
        if (!budgets.ContainsKey(budget))
        {
            await TryDeliver();
            return new Problem(ProblemCode.NotFound, $"There is no budget {budget}.");
        }
        await Append(new DirectoryEvent { BudgetsRemoved = [budget] });
        await TryDeliver();
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes)
    {
        ThrowIfDiverged();
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
            foreach (var nodesOfRecord in fresh.Chunk(NodesPerRecordMax))
                await Append(new DirectoryEvent { Nodes = [
                    .. nodesOfRecord.Select(node => new NodeEntry(node.Name, node.Flavor))] });
        }
        await TryDeliver();
        return new NodeOutcomes(areNew);
    }

    /// <inheritdoc/>
    public ValueTask ForgetNode(string node) =>
        flavorByNode.ContainsKey(node) ? Append(new DirectoryEvent { NodesRemoved = [node] }) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<string?> FlavorOf(string node)
    {
        ThrowIfDiverged();
        return ValueTask.FromResult(flavorByNode.GetValueOrDefault(node));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Budget>> Budgets()
    {
        ThrowIfDiverged();
        return ValueTask.FromResult<IReadOnlyList<Budget>>([.. budgets.Values]);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> Flavors()
    {
        ThrowIfDiverged();
        return ValueTask.FromResult<IReadOnlyList<string>>([.. flavors]);
    }

    /// <inheritdoc/>
    public async ValueTask Resume()
    {
        foreach (var flavor in flavors)
        {
            var known = (await fleet.Flavor(flavor).Envelopes()).Select(envelope => envelope.Envelope.Budget);
            outbox.Add(flavor, budgets.Keys.Concat(known));
        }
        await Deliver();
    }

    /// <summary>Tells flavors what they have still to hear.</summary>
    /// <exception cref="Exception">Not every flavor could be told; it is to be tried again.</exception>
    public async ValueTask Deliver()
    {
        ThrowIfDiverged();
        await outbox.Deliver(fleet, budgets);
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

    /// <summary>
    /// A budget with the key that it had before budgets lived in namespaces, if it is known by that one or was.
    /// </summary>
    private Budget WithFormerKey(Budget budget)
    {
        if (budgets.TryGetValue(budget.Key, out var present))
            return budget with { FormerKey = present.FormerKey };
        return budget.IsNamespaced && IsFormer(budget.Name, budget) ? budget with { FormerKey = budget.Name } : budget;
    }

    /// <summary>Whether a key is that of a budget's own record of before budgets lived in namespaces.</summary>
    private bool IsFormer(string key, Budget budget) =>
        budgets.TryGetValue(key, out var old) && !old.IsNamespaced && old.Namespace == budget.Namespace;

    private string Outcome(Budget budget)
    {
        if (!budgets.TryGetValue(budget.Key, out var old))
            return budget.FormerKey is null ? "created" : "changed";
        return Canonical(old).AsSpan().SequenceEqual(Canonical(budget)) ? "unchanged" : "changed";
    }

    private static byte[] Canonical(Budget budget) =>
        JsonSerializer.SerializeToUtf8Bytes(budget, ModelJson.Default.Budget);

    /// <summary>
    /// Tells flavors now, so that whoever hears the answer finds the budgets there. A change is taken once the journal
    /// has it: a flavor that cannot be reached hears of it later, and is no reason to refuse it.
    /// </summary>
    private async ValueTask TryDeliver()
    {
        try
        {
            await Deliver();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It stays in the outbox, from where the host delivers it, and says so if it fails again.
        }
    }

    private void ThrowIfDiverged()
    {
        if (diverged is not null)
            throw diverged;
    }

    private async ValueTask Append(DirectoryEvent change)
    {
        ThrowIfDiverged();
        await journal.Append(sequence + 1, JsonSerializer.SerializeToUtf8Bytes(
            change, DirectoryJson.Default.DirectoryEvent));
        try
        {
            var before = flavors.ToArray();
            Apply(change);
            NoteForFlavors(change, before);
        }
        catch (Exception failure)
        {
            throw diverged = new StateDivergedException(
                new ActorKey(ActorKind.Directory, "fleet"), sequence + 1, failure);
        }
    }

    /// <summary>Flavors hear of each change; one that is named for the first time hears of all budgets.</summary>
    private void NoteForFlavors(DirectoryEvent change, IReadOnlyList<string> before)
    {
        var changed = (change.Budgets ?? []).Select(budget => budget.Key).Concat(change.BudgetsRemoved ?? [])
            .ToArray();
        foreach (var flavor in flavors)
        {
            if (!before.Contains(flavor))
                outbox.Add(flavor, budgets.Keys);
            else if (changed.Length > 0)
                outbox.Add(flavor, changed);
        }
    }

    private void Apply(DirectoryEvent change)
    {
        foreach (var budget in change.Budgets ?? [])
        {
            budgets[budget.Key] = budget;
            flavors.UnionWith(budget.Envelopes.Select(envelope => envelope.Flavor));
        }
        foreach (var key in change.BudgetsRemoved ?? [])
            budgets.Remove(key);
        foreach (var node in change.Nodes ?? [])
        {
            flavorByNode[node.Name] = node.Flavor;
            flavors.Add(node.Flavor);
        }
        foreach (var name in change.NodesRemoved ?? [])
            flavorByNode.Remove(name);
        sequence++;
        Invariant.Holds(flavors.Count > 0 || flavorByNode.Count == 0, "Every node's flavor is known.");
    }
}

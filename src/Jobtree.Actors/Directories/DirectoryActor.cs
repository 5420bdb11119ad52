using Jobtree.Core;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Funding;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>The directory: writes all budgets as one family graph, and records the flavor of each node.</summary>
/// <param name="journal">The directory's journal.</param>
/// <param name="fleet">The other actors.</param>
/// <param name="reported">Keeps the usage that nodes report; absent: it is not kept.</param>
public sealed class DirectoryActor(IJournal journal, IFleet fleet, ReportedNodes? reported = null) : IDirectory
{
    private const int NodesPerRecordMax = 2048;

    /// <summary>How many flavors the fleet may have for one whom grants bind to name another. A flavor is an actor with
    /// series of its own, and is known for good.</summary>
    private const int FlavorsForBoundedMax = 100;

    /// <summary>How many envelopes the fleet may have for one whom grants bind to add another.</summary>
    private const int EnvelopesForBoundedMax = 20_000;

    private readonly SortedDictionary<string, Budget> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> flavorByNode = [];
    private readonly SortedSet<string> flavors = new(StringComparer.Ordinal);
    private readonly BudgetOutbox outbox = new();
    private long sequence;
    private StateDivergedException? diverged;

    /// <summary>
    /// Whether the journal holds a record that could not be applied. Every change then fails, the activation must end,
    /// and its state must not be saved.
    /// </summary>
    public bool HasDiverged => diverged is not null;

    /// <summary>The number of the last journal record.</summary>
    public long Sequence => sequence;

    /// <summary>Whether a budget is still undelivered to some flavor.</summary>
    public bool HasUndelivered => !outbox.IsEmpty;

    /// <summary>The flavors with undelivered budgets, in order.</summary>
    public IReadOnlyList<string> Undelivered => outbox.Flavors;

    /// <inheritdoc/>
    public async ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put, string? by = null)
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
                BudgetsRemoved = replaced.Length > 0 ? replaced : null, By = by });
        }
        await TryDeliver();
        return new BudgetOutcomes(outcomes);
    }

    /// <inheritdoc/>
    public ValueTask<Result<BudgetOutcomes>> PutBudgetsWithin(
        IReadOnlyList<Budget> put, string? by, DateTimeOffset now)
    {
        ThrowIfDiverged();
        var keys = put.Select(budget => budget.Key).ToHashSet();
        Budget[] after = [.. budgets.Values.Where(budget => !keys.Contains(budget.Key)), .. put];
        var problem = Ceilings.FindExcess(budgets.Values, after, now) is { } excess
            ? new Problem(ProblemCode.Forbidden, excess) : FindTooMany(put, after);
        return problem is null ? PutBudgets(put, by) : ValueTask.FromResult<Result<BudgetOutcomes>>(problem);
    }

    private Problem? FindTooMany(IReadOnlyList<Budget> put, IReadOnlyList<Budget> after)
    {
        var named = put.SelectMany(budget => budget.Envelopes).Select(envelope => envelope.Flavor)
            .Where(flavor => !flavors.Contains(flavor)).Distinct().Count();
        if (named > 0 && flavors.Count + named > FlavorsForBoundedMax)
            return new Problem(ProblemCode.LimitReached,
                $"The fleet knows {flavors.Count} flavors; an operator of some owners names no new one beyond "
                + $"{FlavorsForBoundedMax}. Ask an operator of the whole fleet.");
        var (was, will) = (budgets.Values.Sum(budget => budget.Envelopes.Count),
            after.Sum(budget => budget.Envelopes.Count));
        return will > was && will > EnvelopesForBoundedMax ? new Problem(ProblemCode.LimitReached,
            $"The fleet has {was} envelopes; an operator of some owners adds none beyond {EnvelopesForBoundedMax}. Ask "
            + "an operator of the whole fleet.") : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Result<bool>> RemoveBudget(string budget, string? by = null)
    {
        ThrowIfDiverged();
        if (!budgets.ContainsKey(budget))
        {
            await TryDeliver();
            return new Problem(ProblemCode.NotFound, $"There is no budget {budget}.");
        }
        await Append(new DirectoryEvent { BudgetsRemoved = [budget], By = by });
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
    public ValueTask ForgetNode(string node)
    {
        reported?.Forget(node);
        return flavorByNode.ContainsKey(node) ? Append(new DirectoryEvent { NodesRemoved = [node] })
            : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Result<NodeUsage>> Report(string node, NodeUsage usage)
    {
        ThrowIfDiverged();
        return ValueTask.FromResult<Result<NodeUsage>>(
            !flavorByNode.ContainsKey(node) ? new Problem(ProblemCode.NotFound, $"There is no node {node}.")
            : reported is null ? usage
            : reported.Put(node, usage));
    }

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
        // A copy: a change may name another flavor while one of these answers.
        foreach (var flavor in flavors.ToArray())
        {
            var known = await fleet.Flavor(flavor).Budgets();
            outbox.Add(flavor, budgets.Keys.Concat(known));
        }
        await Deliver();
    }

    /// <summary>Delivers all undelivered budgets to the flavors.</summary>
    /// <exception cref="Exception">Delivery to some flavor failed; deliver again later.</exception>
    public async ValueTask Deliver()
    {
        ThrowIfDiverged();
        await outbox.Deliver(fleet, budgets);
    }

    /// <summary>Replays a journal record during recovery.</summary>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) =>
        Apply(JsonSerializer.Deserialize(record, DirectoryJson.Default.DirectoryEvent)
            ?? throw new JsonException("The record is null."));

    /// <summary>Restores a snapshot during recovery.</summary>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> state) => Restore(
        JsonSerializer.Deserialize(state, DirectoryJson.Default.DirectorySnapshot)
            ?? throw new JsonException("The snapshot is null."));

    /// <summary>Restores a snapshot from elsewhere, such as another fleet.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(DirectorySnapshot snapshot)
    {
        Apply(new DirectoryEvent { Budgets = snapshot.Budgets, Nodes = snapshot.Nodes });
        flavors.UnionWith(snapshot.Flavors);
        sequence = snapshot.Sequence;
    }

    /// <summary>The state as a snapshot, and the number of the last journal record that it covers.</summary>
    public (long Sequence, byte[] State) Snapshot() => (sequence, JsonSerializer.SerializeToUtf8Bytes(
        new DirectorySnapshot(
            sequence, [.. budgets.Values], [.. flavorByNode.OrderBy(node => node.Key, StringComparer.Ordinal)
                .Select(node => new NodeEntry(node.Key, node.Value))], [.. flavors]),
        DirectoryJson.Default.DirectorySnapshot));

    /// <summary>The budget with its key from before budgets had namespaces, if it has or had one.</summary>
    private Budget WithFormerKey(Budget budget)
    {
        if (budgets.TryGetValue(budget.Key, out var present))
            return budget with { FormerKey = present.FormerKey };
        return budget.IsNamespaced && IsFormer(budget.Name, budget) ? budget with { FormerKey = budget.Name } : budget;
    }

    /// <summary>Whether a key is the budget's own key from before budgets had namespaces.</summary>
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
    /// Delivers to the flavors now, so that a caller finds the budgets there after the answer. A change is accepted
    /// once it is in the journal; an unreachable flavor gets it later and is no reason to refuse it.
    /// </summary>
    private async ValueTask TryDeliver()
    {
        try
        {
            await Deliver();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The facts stay in the outbox. The host delivers them from there and reports a further failure.
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

    /// <summary>Queues each change for all flavors; a flavor named for the first time gets all budgets.</summary>
    private void NoteForFlavors(DirectoryEvent change, IReadOnlyList<string> before)
    {
        var changed = (change.Budgets ?? []).Select(budget => budget.Key).Concat(change.BudgetsRemoved ?? [])
            .ToArray();
        foreach (var flavor in flavors)
        {
            if (!before.Contains(flavor))
                outbox.Add(flavor, budgets.Keys, change.By);
            else if (changed.Length > 0)
                outbox.Add(flavor, changed, change.By);
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

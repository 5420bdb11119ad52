using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The directory, with its lists cached for a moment: every submission needs them, and a single grain must not answer
/// every request. A caller that refuses something because of the cache must first call <see cref="Forget"/> and look it
/// up again.
/// </summary>
internal sealed class CachedDirectory(IDirectory directory, TimeProvider time) : IDirectory
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromMilliseconds(500);

    private readonly Remembered<IReadOnlyList<Budget>> budgets = new(time, AgeMax, () => directory.Budgets().AsTask());
    private readonly Remembered<IReadOnlyList<string>> flavors = new(time, AgeMax, () => directory.Flavors().AsTask());

    /// <summary>Whether something is cached that may have changed.</summary>
    public bool Remembers => !budgets.IsEmpty || !flavors.IsEmpty;

    /// <summary>Clears the cache, so that the lists are fetched again.</summary>
    public void Forget()
    {
        budgets.Forget();
        flavors.Forget();
    }

    public async ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put, string? by = null)
    {
        var outcomes = await directory.PutBudgets(put, by);
        Forget();
        return outcomes;
    }

    public async ValueTask<Result<BudgetOutcomes>> PutBudgetsWithin(
        IReadOnlyList<Budget> put, string? by, DateTimeOffset now)
    {
        var outcomes = await directory.PutBudgetsWithin(put, by, now);
        Forget();
        return outcomes;
    }

    public async ValueTask<Result<bool>> RemoveBudget(string budget, string? by = null)
    {
        var removed = await directory.RemoveBudget(budget, by);
        Forget();
        return removed;
    }

    public async ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes)
    {
        var outcomes = await directory.RegisterNodes(nodes);
        Forget();
        return outcomes;
    }

    public ValueTask ForgetNode(string node) => directory.ForgetNode(node);

    public ValueTask<string?> FlavorOf(string node) => directory.FlavorOf(node);

    public ValueTask<Result<NodeUsage>> Report(string node, NodeUsage usage) => directory.Report(node, usage);

    public ValueTask<IReadOnlyList<Budget>> Budgets() => new(budgets.Get());

    public ValueTask<IReadOnlyList<string>> Flavors() => new(flavors.Get());

    public ValueTask Resume() => directory.Resume();
}

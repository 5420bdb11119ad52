using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The directory, with its lists remembered for a moment: every submission asks for them, and one grain must not answer
/// them all. Whoever refuses something because of what is remembered has it looked up anew first
/// (<see cref="Forget"/>).
/// </summary>
internal sealed class CachedDirectory(IDirectory directory, TimeProvider time) : IDirectory
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromMilliseconds(500);

    private (long At, Task<IReadOnlyList<Budget>> List)? budgets;
    private (long At, Task<IReadOnlyList<string>> List)? flavors;

    /// <summary>Whether something is remembered that may have changed.</summary>
    public bool Remembers => budgets is not null || flavors is not null;

    /// <summary>Has the lists asked for anew.</summary>
    public void Forget() => (budgets, flavors) = (null, null);

    public async ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put)
    {
        var outcomes = await directory.PutBudgets(put);
        Forget();
        return outcomes;
    }

    public async ValueTask<Result<bool>> RemoveBudget(string budget)
    {
        var removed = await directory.RemoveBudget(budget);
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

    public async ValueTask<IReadOnlyList<Budget>> Budgets()
    {
        if (budgets is not { } known || IsOld(known.At, known.List))
            budgets = known = (time.GetTimestamp(), directory.Budgets().AsTask());
        return await known.List;
    }

    public async ValueTask<IReadOnlyList<string>> Flavors()
    {
        if (flavors is not { } known || IsOld(known.At, known.List))
            flavors = known = (time.GetTimestamp(), directory.Flavors().AsTask());
        return await known.List;
    }

    public ValueTask Resume() => directory.Resume();

    private bool IsOld(long at, Task list) => list.IsFaulted || time.GetElapsedTime(at) > AgeMax;
}

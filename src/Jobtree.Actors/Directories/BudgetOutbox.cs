using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>
/// Which budgets each flavor has still to hear of. It needs no journal of its own: the budgets are in the directory's,
/// and after a restart each flavor is told all of them, of which it ignores what it has. A flavor is told a budget as
/// it is when the message leaves, so the last change always arrives last.
/// </summary>
internal sealed class BudgetOutbox
{
    private readonly SortedDictionary<string, HashSet<string>> waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> underWay = [];

    /// <summary>Whether there is nothing to tell.</summary>
    public bool IsEmpty => waiting.Count == 0;

    /// <summary>The flavors that have something to hear, in order.</summary>
    public IReadOnlyList<string> Flavors => [.. waiting.Keys];

    /// <summary>Notes what a flavor has to hear.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="budgets">The names of the budgets.</param>
    public void Add(string flavor, IEnumerable<string> budgets)
    {
        if (!waiting.TryGetValue(flavor, out var names))
            waiting.Add(flavor, names = []);
        names.UnionWith(budgets);
    }

    /// <summary>
    /// Delivers to all flavors side by side; what fails stays, and is delivered with the next attempt.
    /// </summary>
    /// <param name="fleet">The flavors.</param>
    /// <param name="budgets">The budgets as they are.</param>
    /// <exception cref="Exception">What the first of those that failed threw, when all were tried.</exception>
    public Task Deliver(IFleet fleet, IReadOnlyDictionary<string, Budget> budgets)
    {
        if (waiting.Count == 0)
            return Task.CompletedTask;
        var begun = new List<Task>(waiting.Count);
        foreach (var flavor in Flavors)
        {
            var before = underWay.GetValueOrDefault(flavor, Task.CompletedTask);
            begun.Add(underWay[flavor] = DeliverAfter(before, fleet, flavor, budgets));
        }
        return Task.WhenAll(begun);
    }

    /// <summary>One message to a flavor follows the other, or an older state could overtake a newer one.</summary>
    private async Task DeliverAfter(
        Task before, IFleet fleet, string flavor, IReadOnlyDictionary<string, Budget> budgets)
    {
        if (!before.IsCompleted)
            await before.ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        // Taken out first: what changes while the message is under way waits for the next one.
        if (!waiting.Remove(flavor, out var names))
            return;
        try
        {
            var inOrder = names.Order(StringComparer.Ordinal).ToArray();
            await fleet.Flavor(flavor).PutBudgets(
                [.. inOrder.Where(budgets.ContainsKey).Select(name => budgets[name])],
                [.. inOrder.Where(name => !budgets.ContainsKey(name))]);
        }
        catch
        {
            Add(flavor, names);
            throw;
        }
    }
}

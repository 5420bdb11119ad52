using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>
/// The undelivered budgets of each flavor. The outbox needs no journal, because the directory's journal holds the
/// budgets. After a restart each flavor gets all of them and ignores those it has. A message carries the budget's state
/// at the time of sending, so the last change always arrives last.
/// </summary>
internal sealed class BudgetOutbox
{
    private readonly SortedDictionary<string, Dictionary<string, string?>> waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> underWay = [];

    /// <summary>Whether nothing is undelivered.</summary>
    public bool IsEmpty => waiting.Count == 0;

    /// <summary>The flavors with undelivered budgets, in order.</summary>
    public IReadOnlyList<string> Flavors => [.. waiting.Keys];

    /// <summary>Queues budgets for a flavor.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="budgets">The names of the budgets.</param>
    /// <param name="by">Who changed them last; absent if nobody said so, as after a restart.</param>
    public void Add(string flavor, IEnumerable<string> budgets, string? by = null)
    {
        if (!waiting.TryGetValue(flavor, out var names))
            waiting.Add(flavor, names = []);
        foreach (var budget in budgets)
            names[budget] = by;
    }

    /// <summary>Delivers to all flavors concurrently. A failed delivery stays queued for the next attempt.</summary>
    /// <param name="fleet">The flavors.</param>
    /// <param name="budgets">The current budgets.</param>
    /// <exception cref="Exception">The first failure, thrown after all flavors were tried.</exception>
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

    /// <summary>Sends one message at a time to a flavor, so that no older state overtakes a newer one.</summary>
    private async Task DeliverAfter(
        Task before, IFleet fleet, string flavor, IReadOnlyDictionary<string, Budget> budgets)
    {
        if (!before.IsCompleted)
            await before.ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        // Removes the names first: a change made while the message is in flight waits for the next one.
        if (!waiting.Remove(flavor, out var names))
            return;
        try
        {
            // One message for each who asked, so that the ledger says of each change whose it was.
            foreach (var asked in names.GroupBy(name => name.Value, name => name.Key)
                .OrderBy(asked => asked.Key, StringComparer.Ordinal))
            {
                var inOrder = asked.Order(StringComparer.Ordinal).ToArray();
                await fleet.Flavor(flavor).PutBudgets(
                    [.. inOrder.Where(budgets.ContainsKey).Select(name => budgets[name])],
                    [.. inOrder.Where(name => !budgets.ContainsKey(name))], asked.Key);
            }
        }
        catch
        {
            foreach (var (budget, by) in names)
                AddOlder(flavor, budget, by);
            throw;
        }
    }

    /// <summary>Queues a budget again, unless it was changed since.</summary>
    private void AddOlder(string flavor, string budget, string? by)
    {
        if (!waiting.TryGetValue(flavor, out var names))
            waiting.Add(flavor, names = []);
        names.TryAdd(budget, by);
    }
}

using Jobtree.Actors.Operations;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Api.Access;

/// <summary>
/// The current budgets, updated with the documents before this one: their owners and the namespaces that they map.
/// </summary>
internal sealed class BudgetMap(IEnumerable<Budget> budgets)
{
    private readonly Dictionary<string, Budget> byKey = budgets.ToDictionary(
        budget => budget.Key, StringComparer.Ordinal);

    /// <summary>Finds one of the fleet's budgets.</summary>
    public static async Task<Result<BudgetView>> Find(
        IOperations operations, string key, CancellationToken cancellation)
    {
        if (!(await operations.ListBudgets(cancellation)).Succeeded(out var budgets, out var problem))
            return problem;
        return budgets.FirstOrDefault(view => view.Budget.Key == key) is { } found
            ? found : new Problem(ProblemCode.NotFound, $"There is no budget {key}.");
    }

    /// <summary>The budgets.</summary>
    public IReadOnlyCollection<Budget> Budgets => byKey.Values;

    public void Put(Budget budget) => byKey[budget.Key] = budget;

    /// <summary>
    /// The owner whose namespace this is, if a run of another owner may not be named there; null: it may. A namespace
    /// belongs to the owners of its budgets; without budgets, and in <c>default</c>, anybody may use it.
    /// </summary>
    public string? ForeignOwnerOf(string @namespace, Caller caller, string runOwner)
    {
        if (@namespace == RunKey.DefaultNamespace)
            return null;
        string? foreign = null;
        foreach (var budget in byKey.Values)
        {
            if (budget.Namespace != @namespace)
                continue;
            if (caller.Covers(budget.Owner) || OwnerPaths.Covers(budget.Owner, runOwner))
                return null;
            foreign ??= budget.Owner;
        }
        return foreign;
    }

    /// <summary>The default owner of runs in a namespace.</summary>
    public string OwnerOf(string @namespace) => DefaultOwner.Of(@namespace, byKey.Values);

    /// <summary>Why a caller may not apply a budget; null: allowed.</summary>
    public Problem? Refusal(Caller caller, Budget budget)
    {
        var present = byKey.GetValueOrDefault(budget.Key);
        if (present is not null && !caller.Covers(present.Owner))
            return Refused(budget, $"it belongs to the owner '{present.Owner}'");
        if (!caller.Covers(budget.Owner))
            return Refused(budget, $"the token '{caller.Name}' does not act for the owner '{budget.Owner}'");
        // Parents decide whose idle width the family may use, so naming a new parent is a claim on that owner's
        // budgets.
        if (budget.Parents.FirstOrDefault(parent => !caller.Covers(parent)
            && present?.Parents.Contains(parent) != true) is { } parent)
            return Refused(budget, $"the token '{caller.Name}' does not act for the parent '{parent}'");
        if (GrantRefusal(caller, present, budget) is { } refusal)
            return refusal;
        // A namespace sets the default owner of its runs, so taking over a namespace takes over its runs. Every owner
        // may have budgets in the default namespace.
        return budget.Namespace is { } mapped and not RunKey.DefaultNamespace && byKey.Values.FirstOrDefault(
            other => other.Namespace == mapped && !caller.Covers(other.Owner)) is not null
            ? Refused(budget,
                $"the namespace '{mapped}' is mapped to an owner that the token '{caller.Name}' does not act for")
            : null;
    }

    /// <summary>Why a caller may not remove a budget that it acts for; null: allowed.</summary>
    public static Problem? RemovalRefusal(Caller caller, Budget present) => GrantRefusal(caller, present, null);

    /// <summary>
    /// Only who acts for an owner above the one that a grant is for may give, change or take it: nobody raises a
    /// ceiling over himself.
    /// </summary>
    private static Problem? GrantRefusal(Caller caller, Budget? present, Budget? next)
    {
        var (was, will) = (present?.Grants ?? [], next?.Grants ?? []);
        return was.Except(will).Concat(will.Except(was)).FirstOrDefault(grant => !caller.CoversAbove(grant.To))
            is { } grant
            ? Refused(next ?? present!, $"a grant to '{grant.To}' is given, changed or taken by who acts for an owner "
                + $"above it; the token '{caller.Name}' does not")
            : null;
    }

    private static Problem Refused(Budget budget, string why) =>
        new(ProblemCode.Forbidden, $"Budget {budget.Key}: {why}. Nothing was applied.");
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// The directory of budgets, flavors and nodes. Budgets form one family graph, so one actor writes them all: only a
/// writer that sees every parent can refuse a cycle. The directory forwards budgets to the flavors.
/// </summary>
public interface IDirectory
{
    /// <summary>Adds or changes budgets, all or none of them.</summary>
    /// <param name="put">The budgets.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    /// <returns>For each budget: created, changed or unchanged; invalid if parents form a cycle.</returns>
    ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put, string? by = null);

    /// <summary>Adds or changes budgets, all or none of them, for somebody whom grants bind.</summary>
    /// <param name="put">The budgets.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    /// <param name="now">The present instant.</param>
    /// <returns>As <see cref="PutBudgets"/>; forbidden if envelopes would be raised beyond a grant.</returns>
    ValueTask<Result<BudgetOutcomes>> PutBudgetsWithin(IReadOnlyList<Budget> put, string? by, DateTimeOffset now);

    /// <summary>Removes a budget.</summary>
    /// <param name="budget">The budget's name.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    ValueTask<Result<bool>> RemoveBudget(string budget, string? by = null);

    /// <summary>Registers nodes under their flavors, all or none of them.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <returns>For each node, whether it is new; conflict if one is registered under another flavor.</returns>
    ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes);

    /// <summary>Removes a node from the directory.</summary>
    /// <param name="node">The node's name.</param>
    ValueTask ForgetNode(string node);

    /// <summary>The flavor of a node; null if unknown.</summary>
    /// <param name="node">The node's name.</param>
    ValueTask<string?> FlavorOf(string node);

    /// <summary>Takes the usage of a node. It is not recorded.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="usage">The values, already checked.</param>
    /// <returns>All current values of the node; not found if there is no such node.</returns>
    ValueTask<Result<NodeUsage>> Report(string node, NodeUsage usage);

    /// <summary>The budgets in name order.</summary>
    ValueTask<IReadOnlyList<Budget>> Budgets();

    /// <summary>The flavors named by a node or an envelope, in order.</summary>
    ValueTask<IReadOnlyList<string>> Flavors();

    /// <summary>Resumes after a restart: forwards the budgets that a crash kept from the flavors.</summary>
    ValueTask Resume();
}

/// <summary>The outcome for each budget.</summary>
/// <param name="Outcomes">For each budget, in order: <c>created</c>, <c>changed</c> or <c>unchanged</c>.</param>
public sealed record BudgetOutcomes(IReadOnlyList<string> Outcomes);

/// <summary>The outcome for each node.</summary>
/// <param name="AreNew">For each node, in order: whether it is new.</param>
public sealed record NodeOutcomes(IReadOnlyList<bool> AreNew);

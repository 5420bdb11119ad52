using Jobtree.Actors.Operations;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// Knows which budgets, flavors and nodes there are. Budgets form one family graph, so one actor writes them all: a
/// cycle among parents can only be refused by somebody who sees every parent. It passes budgets on to the flavors.
/// </summary>
public interface IDirectory
{
    /// <summary>Adds or changes budgets, all or none.</summary>
    /// <param name="put">The budgets.</param>
    /// <returns>For each budget whether it was created, changed or unchanged; invalid: parents form a cycle.</returns>
    ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put);

    /// <summary>Removes a budget.</summary>
    /// <param name="budget">The budget's name.</param>
    ValueTask<Result<bool>> RemoveBudget(string budget);

    /// <summary>Enters nodes under their flavors, all or none.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <returns>For each node whether it is new; conflict: one is known under another flavor.</returns>
    ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes);

    /// <summary>Forgets a node.</summary>
    /// <param name="node">The node's name.</param>
    ValueTask ForgetNode(string node);

    /// <summary>The flavor of a node; null: unknown.</summary>
    /// <param name="node">The node's name.</param>
    ValueTask<string?> FlavorOf(string node);

    /// <summary>The budgets in name order.</summary>
    ValueTask<IReadOnlyList<Budget>> Budgets();

    /// <summary>The flavors that a node or an envelope names, in order.</summary>
    ValueTask<IReadOnlyList<string>> Flavors();

    /// <summary>Goes on after a restart: passes on what a crash kept from the flavors.</summary>
    ValueTask Resume();
}

/// <summary>What became of budgets.</summary>
/// <param name="Outcomes">For each budget in order <c>created</c>, <c>changed</c> or <c>unchanged</c>.</param>
public sealed record BudgetOutcomes(IReadOnlyList<string> Outcomes);

/// <summary>What became of nodes.</summary>
/// <param name="AreNew">For each node in order whether it was not known before.</param>
public sealed record NodeOutcomes(IReadOnlyList<bool> AreNew);

namespace Jobtree.Actors.Ports;

/// <summary>What became of budgets.</summary>
/// <param name="Outcomes">For each budget in order <c>created</c>, <c>changed</c> or <c>unchanged</c>.</param>
public sealed record BudgetOutcomes(IReadOnlyList<string> Outcomes);

using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A budget and its notices.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="EndingSoon">Envelopes whose window ends within <c>autoRenew.notifyBefore</c>.</param>
public sealed record BudgetView(Budget Budget, IReadOnlyList<string> EndingSoon);

using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>The owner of a run whose spec names none.</summary>
public static class DefaultOwner
{
    /// <summary>
    /// The owner of the budgets in a namespace if they all have the same one. Otherwise <c>namespace:NAME</c>, which no
    /// budget funds.
    /// </summary>
    /// <param name="home">The run's namespace.</param>
    /// <param name="budgets">All budgets.</param>
    public static string Of(string home, IEnumerable<Budget> budgets)
    {
        string? owner = null;
        foreach (var budget in budgets)
        {
            if ((budget.Namespace ?? RunKey.DefaultNamespace) != home)
                continue;
            if (owner is not null && owner != budget.Owner)
                return NoneOf(home);
            owner = budget.Owner;
        }
        return owner ?? NoneOf(home);
    }

    private static string NoneOf(string home) => $"namespace:{home}";
}

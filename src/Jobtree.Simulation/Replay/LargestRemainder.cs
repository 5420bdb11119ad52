namespace Jobtree.Simulation.Replay;

/// <summary>Splits whole units in proportion to weights.</summary>
internal static class LargestRemainder
{
    /// <summary>
    /// Gives every weight its share rounded down, then one more unit to the largest remainders; ties go by position.
    /// </summary>
    /// <param name="total">How many units to split.</param>
    /// <param name="weights">The weights, none negative. If all are zero, the split is even.</param>
    /// <returns>Units per weight; their sum is <paramref name="total"/>.</returns>
    public static int[] Split(int total, IReadOnlyList<double> weights)
    {
        if (weights.Count == 0)
            return [];
        var sum = weights.Sum();
        var exact = weights.Select(weight => sum > 0 ? total * (weight / sum) : (double)total / weights.Count)
            .ToArray();
        var units = exact.Select(share => (int)Math.Floor(share)).ToArray();
        var order = Enumerable.Range(0, exact.Length).OrderByDescending(i => exact[i] - units[i]).ThenBy(i => i);
        foreach (var i in order.Take(total - units.Sum()))
            units[i]++;
        return units;
    }
}

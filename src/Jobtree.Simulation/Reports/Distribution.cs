namespace Jobtree.Simulation.Reports;

/// <summary>
/// A distribution in five figures. Percentiles use the nearest rank, so each is a value that occurred.
/// </summary>
/// <param name="Count">The number of values; if it is 0, the figures are 0.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Max">The largest.</param>
internal sealed record Distribution(int Count, double P50, double P90, double P99, double Mean, double Max)
{
    /// <summary>Summarizes values in any order.</summary>
    public static Distribution Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0
            ? new Distribution(0, 0, 0, 0, 0, 0)
            : new Distribution(sorted.Length, At(sorted, 50), At(sorted, 90), At(sorted, 99), sorted.Average(),
                sorted[^1]);
    }

    /// <summary>The value at a percentile, by nearest rank.</summary>
    /// <param name="sorted">Values in ascending order, at least one.</param>
    /// <param name="percent">1 to 100.</param>
    public static double At(double[] sorted, int percent) => sorted[(((percent * sorted.Length) + 99) / 100) - 1];
}

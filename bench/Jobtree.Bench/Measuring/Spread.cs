namespace Jobtree.Bench.Measuring;

/// <summary>A figure measured several times.</summary>
internal sealed record Spread(IReadOnlyList<double> Values)
{
    public double Median => Values.Order().ElementAt(Values.Count / 2);

    /// <summary>The median, and the least and most in brackets.</summary>
    public string Show(string format) =>
        $"{Show(Median, format)} ({Show(Values.Min(), format)}..{Show(Values.Max(), format)})";

    private static string Show(double value, string format) =>
        value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}

namespace Jobtree.Core.Forecasting;

/// <summary>
/// A ring of the most recent ratios of actual to forecast waits, with quantiles, and the margin of the bound that is
/// made from them.
/// </summary>
/// <param name="depth">How many ratios are kept.</param>
internal sealed class RatioRing(int depth)
{
    // The relative step of the margin: a hundred failures in a row raise it about tenfold.
    private const double MarginStep = 0.025;
    private const double MarginLeast = 0.25;
    private const double MarginMost = 32;

    private readonly List<double> ratios = new(32);
    private readonly List<double> sorted = new(32);
    private int next;

    public int Count => sorted.Count;

    public double Median => sorted[sorted.Count / 2];

    /// <summary>
    /// The bound that the next ratio keeps nine times in ten. For n past errors, split conformal prediction uses the
    /// rank ceiling of 0.9 (n + 1).
    /// </summary>
    public double P90 => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(0.9 * (sorted.Count + 1)) - 1)];

    /// <summary>The factor applied to the bound in addition to <see cref="P90"/>.</summary>
    public double Margin { get; private set; } = 1;

    /// <summary>Adds the ratio of a start, and whether it was within the bound given for it.</summary>
    public void Learn(double ratio, bool held)
    {
        Margin = Math.Clamp(Margin * Math.Exp(held ? -0.1 * MarginStep : 0.9 * MarginStep), MarginLeast, MarginMost);
        Add(ratio);
    }

    /// <summary>The ratios, oldest first.</summary>
    public IReadOnlyList<double> Export() => [.. ratios[next..], .. ratios[..next]];

    /// <summary>Restores what <see cref="Export"/> returned, and the margin.</summary>
    public void Import(IEnumerable<double> past, double margin)
    {
        foreach (var ratio in past)
            Add(ratio);
        Margin = margin > 0 ? margin : 1;
    }

    private void Add(double ratio)
    {
        if (ratios.Count < depth)
        {
            ratios.Add(ratio);
        }
        else
        {
            sorted.RemoveAt(sorted.BinarySearch(ratios[next]));
            ratios[next] = ratio;
            next = (next + 1) % depth;
        }
        var at = sorted.BinarySearch(ratio);
        sorted.Insert(at < 0 ? ~at : at, ratio);
    }
}

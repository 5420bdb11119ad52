namespace Jobtree.Core.Forecasting;

/// <summary>
/// The errors of past forecasts of a flavor: the ratio of actual to forecast wait, for the last <see cref="Depth"/>
/// runs that waited. New forecasts are multiplied by quantiles of these ratios, and the 90 % bound also by a margin.
/// This is split conformal prediction (Papadopoulos et al. 2002): while ratios are exchangeable, the 90 % quantile of
/// the past is a 90 % bound for the next.
/// </summary>
/// <remarks>
/// Ratios are not exchangeable while a queue grows or drains, and a ratio is known only when its run starts, hours
/// after the forecast. The margin corrects for that. It grows when a bound failed, and shrinks by a ninth of that step
/// when one held, so it is stable when one bound in ten fails. This is the update of adaptive conformal inference
/// (Gibbs and Candes 2021).
/// </remarks>
public sealed class ForecastErrors
{
    /// <summary>How many ratios are kept.</summary>
    public const int Depth = 512;

    // With fewer ratios than this, their quantiles are meaningless.
    private const int EnoughForQuantiles = 20;

    // The relative step of the margin: a hundred failures in a row raise it about tenfold.
    private const double MarginStep = 0.025;
    private const double MarginLeast = 0.25;
    private const double MarginMost = 32;

    private readonly List<double> ratios = new(32);
    private readonly List<double> sorted = new(32);
    private int next;

    /// <summary>The number of runs that waited and started.</summary>
    public long Started { get; private set; }

    /// <summary>How many of them started by the 90 % bound of their forecast.</summary>
    public long Held { get; private set; }

    /// <summary>The factor applied to the bound in addition to the quantile of past ratios.</summary>
    public double Margin { get; private set; } = 1;

    /// <summary>The share of started runs whose bound held; null if none has started.</summary>
    public double? Coverage => Started == 0 ? null : (double)Held / Started;

    /// <summary>Adds a start.</summary>
    /// <param name="baseline">The baseline wait, before any correction.</param>
    /// <param name="actual">The actual wait.</param>
    /// <param name="held">Whether the start was within the bound given.</param>
    public void Add(TimeSpan baseline, TimeSpan actual, bool held)
    {
        Started++;
        Held += held ? 1 : 0;
        Margin = Math.Clamp(Margin * Math.Exp(held ? -0.1 * MarginStep : 0.9 * MarginStep), MarginLeast, MarginMost);
        Push((actual.TotalSeconds + 1) / (baseline.TotalSeconds + 1));
    }

    /// <summary>Scales a baseline wait to its median and its 90 % bound.</summary>
    /// <param name="baseline">The baseline wait.</param>
    public (TimeSpan Median, TimeSpan P90) Stretch(TimeSpan baseline)
    {
        if (ratios.Count < EnoughForQuantiles)
            return (baseline, 2 * baseline);
        var median = sorted[sorted.Count / 2];
        // For n past errors, split conformal prediction uses the rank ceiling of 0.9 (n + 1).
        var p90 = sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(0.9 * (sorted.Count + 1)) - 1)];
        return (Seconds(median), Seconds(Math.Max(median, p90 * Margin)));

        TimeSpan Seconds(double ratio) =>
            TimeSpan.FromSeconds(
                Math.Clamp(ratio * (baseline.TotalSeconds + 1) - 1, 0, TimeSpan.FromDays(3650).TotalSeconds));
    }

    /// <summary>The ratios, oldest first.</summary>
    public IReadOnlyList<double> Export() => [.. ratios[next..], .. ratios[..next]];

    /// <summary>Restores what <see cref="Export"/> returned.</summary>
    /// <param name="past">The ratios, oldest first.</param>
    /// <param name="started">See <see cref="Started"/>.</param>
    /// <param name="held">See <see cref="Held"/>.</param>
    /// <param name="margin">See <see cref="Margin"/>.</param>
    public void Import(IEnumerable<double> past, long started, long held, double margin)
    {
        foreach (var ratio in past)
            Push(ratio);
        (Started, Held, Margin) = (started, held, margin > 0 ? margin : 1);
    }

    private void Push(double ratio)
    {
        if (ratios.Count < Depth)
        {
            ratios.Add(ratio);
        }
        else
        {
            sorted.RemoveAt(sorted.BinarySearch(ratios[next]));
            ratios[next] = ratio;
            next = (next + 1) % Depth;
        }
        var at = sorted.BinarySearch(ratio);
        sorted.Insert(at < 0 ? ~at : at, ratio);
    }
}

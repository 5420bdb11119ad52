namespace Jobtree.Core.Forecasting;

/// <summary>
/// The errors of past forecasts of a flavor: the ratio of actual to forecast wait, for the last <see cref="Depth"/>
/// runs that waited. New forecasts are multiplied by quantiles of these ratios, and the 90 % bound also by a margin.
/// This is split conformal prediction (Papadopoulos et al. 2002): while ratios are exchangeable, the 90 % quantile of
/// the past is a 90 % bound for the next.
/// </summary>
/// <remarks>
/// Runs of one expected length are judged by each other once there are enough: the queue serves short runs before long
/// ones, so these are overtaken by those that will come, and those overtake (conformal prediction by groups; Vovk et
/// al. 2003).
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
    private const int EnoughForClass = 40;

    /// <summary>The number of classes of expected length, the first up to three minutes, the last from a day on.
    /// </summary>
    public const int Classes = 8;

    /// <summary>How many ratios are kept of a class.</summary>
    public const int ClassDepth = 256;

    // Each class is this many doublings of the expected duration wide.
    private const double ClassDoublings = 1.5;

    private readonly RatioRing all = new(Depth);
    private readonly RatioRing?[] byClass = new RatioRing?[Classes];

    /// <summary>The number of runs that waited and started.</summary>
    public long Started { get; private set; }

    /// <summary>How many of them started by the 90 % bound of their forecast.</summary>
    public long Held { get; private set; }

    /// <summary>The factor applied to the bound in addition to the quantile of past ratios, for runs of any length.
    /// </summary>
    public double Margin => all.Margin;

    /// <summary>The share of started runs whose bound held; null if none has started.</summary>
    public double? Coverage => Started == 0 ? null : (double)Held / Started;

    /// <summary>Adds a start.</summary>
    /// <param name="baseline">The baseline wait, before any correction.</param>
    /// <param name="actual">The actual wait.</param>
    /// <param name="held">Whether the start was within the bound given.</param>
    /// <param name="expected">How long the run is expected to take.</param>
    public void Add(TimeSpan baseline, TimeSpan actual, bool held, TimeSpan expected)
    {
        Started++;
        Held += held ? 1 : 0;
        var ratio = (actual.TotalSeconds + 1) / (baseline.TotalSeconds + 1);
        all.Learn(ratio, held);
        Of(ClassOf(expected)).Learn(ratio, held);
    }

    /// <summary>Scales a baseline wait to its median and its 90 % bound.</summary>
    /// <param name="baseline">The baseline wait.</param>
    /// <param name="expected">How long the run is expected to take. Null: it stands for runs of any length.</param>
    public (TimeSpan Median, TimeSpan P90) Stretch(TimeSpan baseline, TimeSpan? expected = null)
    {
        var alike = expected is { } length ? byClass[ClassOf(length)] : null;
        var past = alike is { Count: >= EnoughForClass } ? alike : all;
        if (past.Count < EnoughForQuantiles)
            return (baseline, 2 * baseline);
        var median = past.Median;
        return (Seconds(median), Seconds(Math.Max(median, past.P90 * past.Margin)));

        TimeSpan Seconds(double ratio) =>
            TimeSpan.FromSeconds(
                Math.Clamp(ratio * (baseline.TotalSeconds + 1) - 1, 0, TimeSpan.FromDays(3650).TotalSeconds));
    }

    /// <summary>The ratios of all, oldest first.</summary>
    public IReadOnlyList<double> Export() => all.Export();

    /// <summary>The ratios by class, oldest first, with their margin, of the classes that have any.</summary>
    public IEnumerable<(int Class, IReadOnlyList<double> Ratios, double Margin)> ExportClasses()
    {
        for (var at = 0; at < Classes; at++)
        {
            if (byClass[at] is { } ratios)
                yield return (at, ratios.Export(), ratios.Margin);
        }
    }

    /// <summary>Restores what <see cref="Export"/> returned.</summary>
    /// <param name="past">The ratios, oldest first.</param>
    /// <param name="started">See <see cref="Started"/>.</param>
    /// <param name="held">See <see cref="Held"/>.</param>
    /// <param name="margin">See <see cref="Margin"/>.</param>
    public void Import(IEnumerable<double> past, long started, long held, double margin)
    {
        all.Import(past, margin);
        (Started, Held) = (started, held);
    }

    /// <summary>Restores a class that <see cref="ExportClasses"/> returned.</summary>
    /// <param name="class">The class; one that does not exist is left out.</param>
    /// <param name="past">Its ratios, oldest first.</param>
    /// <param name="margin">Its margin.</param>
    public void ImportClass(int @class, IEnumerable<double> past, double margin)
    {
        if (@class is >= 0 and < Classes)
            Of(@class).Import(past, margin);
    }

    private RatioRing Of(int @class) => byClass[@class] ??= new RatioRing(ClassDepth);

    private static int ClassOf(TimeSpan expected) =>
        Math.Clamp((int)(Math.Log2(Math.Max(1, expected.TotalMinutes)) / ClassDoublings), 0, Classes - 1);
}

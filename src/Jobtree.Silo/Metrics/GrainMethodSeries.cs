using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// The series of one method of one type of grain, by outcome; a series appears on the page with its first call.
/// </summary>
internal sealed class GrainMethodSeries(Histogram calls, string grain, string method)
{
    private HistogramSeries? ok;
    private HistogramSeries? unavailable;
    private HistogramSeries? error;

    /// <summary>Calls that were answered.</summary>
    public HistogramSeries Ok => ok ??= calls.With(grain, method, "ok");

    /// <summary>Calls that failed because a store or another silo was away, or that were given up.</summary>
    public HistogramSeries Unavailable => unavailable ??= calls.With(grain, method, "unavailable");

    /// <summary>Calls that failed otherwise.</summary>
    public HistogramSeries Error => error ??= calls.With(grain, method, "error");
}

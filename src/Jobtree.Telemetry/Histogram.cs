namespace Jobtree.Telemetry;

/// <summary>A histogram of the catalogue with its series.</summary>
public sealed class Histogram
{
    private readonly SeriesSet<HistogramSeries> set;

    internal Histogram(SeriesSet<HistogramSeries> set) => this.set = set;

    /// <summary>The series with these label values, made on first use. Hot paths keep it.</summary>
    /// <param name="labels">The values in the instrument's order.</param>
    public HistogramSeries With(params ReadOnlySpan<string> labels) => set.Of(labels);

    internal SeriesSet<HistogramSeries> Series => set;
}

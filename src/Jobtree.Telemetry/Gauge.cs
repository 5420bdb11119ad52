namespace Jobtree.Telemetry;

/// <summary>A gauge of the catalogue with its series.</summary>
public sealed class Gauge
{
    private readonly SeriesSet<GaugeSeries> set;

    internal Gauge(SeriesSet<GaugeSeries> set) => this.set = set;

    /// <summary>The series with these label values, made on first use. Hot paths keep it.</summary>
    /// <param name="labels">The values in the instrument's order.</param>
    public GaugeSeries With(params ReadOnlySpan<string> labels) => set.Of(labels);

    internal SeriesSet<GaugeSeries> Series => set;
}

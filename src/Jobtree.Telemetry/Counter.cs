namespace Jobtree.Telemetry;

/// <summary>A counter of the catalogue with its series.</summary>
public sealed class Counter
{
    private readonly SeriesSet<CounterSeries> set;

    internal Counter(SeriesSet<CounterSeries> set) => this.set = set;

    /// <summary>The series with these label values, made on first use. Hot paths keep it.</summary>
    /// <param name="labels">The values in the instrument's order.</param>
    public CounterSeries With(params ReadOnlySpan<string> labels) => set.Of(labels);

    internal SeriesSet<CounterSeries> Series => set;
}

namespace Jobtree.Telemetry;

/// <summary>One series of the catalogue: everything that a reader of its values has to know.</summary>
/// <param name="Name">The Prometheus name: base units, <c>_total</c> on counters.</param>
/// <param name="Type">How its values behave.</param>
/// <param name="Unit">The unit of its values, such as <c>seconds</c>.</param>
/// <param name="Labels">The names of its labels, in the order in which values are given; at most
/// <see cref="LabelValues.CountMax"/>.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Buckets">For a histogram the upper bounds in ascending order, without the infinite one; otherwise
/// empty.</param>
public sealed record Instrument(
    string Name,
    InstrumentType Type,
    string Unit,
    IReadOnlyList<string> Labels,
    string Help,
    IReadOnlyList<double> Buckets)
{
    internal static Instrument Counter(string name, string unit, string help, params string[] labels) =>
        new(name, InstrumentType.Counter, unit, labels, help, []);

    internal static Instrument Gauge(string name, string unit, string help, params string[] labels) =>
        new(name, InstrumentType.Gauge, unit, labels, help, []);

    internal static Instrument Histogram(
        string name, string unit, string help, IReadOnlyList<double> buckets, params string[] labels) =>
        new(name, InstrumentType.Histogram, unit, labels, help, buckets);
}

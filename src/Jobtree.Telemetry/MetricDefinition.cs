using System.Diagnostics.Metrics;

namespace Jobtree.Telemetry;

/// <summary>How the values of a metric behave.</summary>
public enum MetricType
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts observations in buckets, with their sum.</summary>
    Histogram,
}

/// <summary>When a metric's series exist.</summary>
public enum MetricPresence
{
    /// <summary>On every silo that has worked.</summary>
    Always,

    /// <summary>After a fault of its kind.</summary>
    Fault,

    /// <summary>Where journals are on this machine's disk.</summary>
    Disk,

    /// <summary>Where journals are in Redis.</summary>
    Redis,

    /// <summary>Where this silo runs workloads itself.</summary>
    Executor,

    /// <summary>While a workload or an agent reports it.</summary>
    Reported,

    /// <summary>Where this silo has a certificate.</summary>
    Certificate,

    /// <summary>In programs that use the client SDK.</summary>
    Sdk,
}

/// <summary>One metric of the catalogue, with everything that a reader of its values needs to know.</summary>
/// <param name="Name">Its name in Prometheus: base units, <c>_total</c> on counters.</param>
/// <param name="Type">How its values behave.</param>
/// <param name="Unit">The unit of its values as a word, such as <c>seconds</c>.</param>
/// <param name="Labels">The names of its labels, in the order in which values are given.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Buckets">For a histogram, the upper bounds in ascending order, without the infinite one; otherwise
/// empty.</param>
public sealed record MetricDefinition(
    string Name,
    MetricType Type,
    string Unit,
    IReadOnlyList<string> Labels,
    string Help,
    IReadOnlyList<double> Buckets)
{
    private const string CounterSuffix = "_total";

    /// <summary>When its series exist.</summary>
    public MetricPresence Presence { get; init; }

    /// <summary>
    /// The name of the instrument: the Prometheus name without <c>_total</c>, which exporters add to every counter.
    /// </summary>
    public string InstrumentName => Type == MetricType.Counter ? Name[..^CounterSuffix.Length] : Name;

    /// <summary>
    /// The unit of the instrument in UCUM. Exporters turn base units into a suffix, which the name already has, and
    /// ignore units in braces.
    /// </summary>
    public string InstrumentUnit => Unit switch
    {
        "seconds" => "s",
        "bytes" => "By",
        "ratio" => "1",
        _ => $"{{{Unit}}}",
    };

    /// <summary>Makes a measurement from a value and its labels.</summary>
    /// <param name="value">The value.</param>
    /// <param name="labels">The label values in order.</param>
    /// <exception cref="ArgumentException">The number of values differs from the number of labels.</exception>
    public Measurement<double> Measure(double value, params ReadOnlySpan<string> labels)
    {
        if (labels.Length != Labels.Count)
            throw new ArgumentException(
                $"{Name} has the labels [{string.Join(", ", Labels)}]; {labels.Length} values were given.");
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < tags.Length; i++)
            tags[i] = new(Labels[i], labels[i]);
        return new Measurement<double>(value, tags);
    }

    internal static MetricDefinition Counter(string name, string unit, string help, params string[] labels) =>
        new(name, MetricType.Counter, unit, labels, help, []);

    internal static MetricDefinition Gauge(string name, string unit, string help, params string[] labels) =>
        new(name, MetricType.Gauge, unit, labels, help, []);

    internal static MetricDefinition Histogram(
        string name, string unit, string help, IReadOnlyList<double> buckets, params string[] labels) =>
        new(name, MetricType.Histogram, unit, labels, help, buckets);
}

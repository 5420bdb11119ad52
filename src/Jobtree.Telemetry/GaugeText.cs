using System.Globalization;
using System.Text;

namespace Jobtree.Telemetry;

/// <summary>
/// Writes gauges of the catalogue as lines that both Prometheus' text format and OpenMetrics take. It is for gauges
/// whose label values come and go, such as names of runs: with cumulative temporality, which Prometheus needs,
/// OpenTelemetry's SDK never frees the slot of a label set. After as many runs as there are slots, every new one would
/// be part of a single series of overflow.
/// </summary>
public sealed class GaugeText
{
    private readonly StringBuilder text = new();

    /// <summary>Adds a gauge with its series; none are written if there are no series.</summary>
    /// <param name="metric">The gauge.</param>
    /// <param name="series">The label values of each series, in order, and its value.</param>
    public void Add(MetricDefinition metric, IEnumerable<(IReadOnlyList<string> Labels, double Value)> series)
    {
        var isFirst = true;
        foreach (var (labels, value) in series)
        {
            if (labels.Count != metric.Labels.Count)
                throw new ArgumentException(
                    $"{metric.Name} has the labels [{string.Join(", ", metric.Labels)}]; {labels.Count} values were "
                    + $"given.", nameof(series));
            if (isFirst)
                Head(metric);
            isFirst = false;
            text.Append(metric.Name).Append('{');
            for (var i = 0; i < labels.Count; i++)
            {
                text.Append(i == 0 ? "" : ",").Append(metric.Labels[i]).Append("=\"");
                Escape(labels[i]);
                text.Append('"');
            }
            text.Append("} ").Append(Number(value)).Append('\n');
        }
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private void Head(MetricDefinition metric)
    {
        text.Append("# TYPE ").Append(metric.Name).Append(" gauge\n");
        // OpenMetrics allows a unit only if the name ends with it.
        if (metric.Name.EndsWith($"_{metric.Unit}", StringComparison.Ordinal))
            text.Append("# UNIT ").Append(metric.Name).Append(' ').Append(metric.Unit).Append('\n');
        text.Append("# HELP ").Append(metric.Name).Append(' ');
        Escape(metric.Help);
        text.Append('\n');
    }

    private void Escape(string value)
    {
        foreach (var letter in value)
            _ = letter switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(letter),
            };
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}

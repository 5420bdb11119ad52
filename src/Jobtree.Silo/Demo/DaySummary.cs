using System.Globalization;
using System.Text;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Demo;

/// <summary>What a day did, in a few lines, read from the silo's metrics page as a Prometheus reads it.</summary>
internal static class DaySummary
{
    private const double SecondsPerHour = 3600;
    private static readonly double[] Quantiles = [0.5, 0.95, 0.99];

    /// <summary>Writes the summary.</summary>
    /// <param name="page">The silo's metrics page.</param>
    public static string Of(MetricsPage page)
    {
        var text = new StringBuilder();
        Counts(text, "decisions", page, Catalogue.Decisions, "outcome");
        Counts(text, "runs ended", page, Catalogue.RunsFinished, "status");
        Counts(text, "resolver actions", page, Catalogue.ResolverActions, "kind");
        Latencies(text, "admission", page, Catalogue.AdmissionLatency);
        Latencies(text, "journal", page, Catalogue.JournalAppendLatency);
        Counts(text, "GPUs now", page, Catalogue.Gpus, "state");
        Counts(text, "nodes now", page, Catalogue.Nodes, "state");
        Counts(text, "queue now", page, Catalogue.QueueDepth, "reason");
        Counts(text, "backlog now, seconds", page, Catalogue.Backlog, "flavor");
        Counts(text, "GPU-hours by class", page, Catalogue.BudgetGpuSeconds, "class", 1 / SecondsPerHour);
        Counts(text, "API answers by code", page, Catalogue.ApiRequestDuration, "code");
        Counts(text, "errors", page, Catalogue.Errors, "component");
        Counts(text, "ledger violations", page, Catalogue.LedgerViolations, "invariant");
        return text.ToString();
    }

    private static void Counts(StringBuilder text, string title, MetricsPage page, MetricDefinition metric,
        string label, double factor = 1)
    {
        var name = metric.Type == MetricType.Histogram ? $"{metric.Name}_count" : metric.Name;
        var sums = page.Samples(name).GroupBy(sample => sample.Labels.GetValueOrDefault(label, ""))
            .Select(group => (group.Key, Sum: group.Sum(static sample => sample.Value) * factor))
            .Where(static group => group.Sum != 0).OrderBy(static group => group.Key, StringComparer.Ordinal);
        var said = string.Join(", ", sums.Select(group => $"{group.Key} {Number(group.Sum)}"));
        Line(text, title, said.Length == 0 ? "none" : said);
    }

    private static void Latencies(StringBuilder text, string title, MetricsPage page, MetricDefinition metric)
    {
        var said = string.Join(", ", Quantiles.Select(
            quantile => page.Quantile(metric.Name, quantile) is { } bound
                ? string.Create(CultureInfo.InvariantCulture, $"p{quantile * 100} {bound * 1000:0.##} ms") : "none"));
        Line(text, title, said);
    }

    private static string Number(double value) => value.ToString(
        Math.Abs(value) < 10 ? "0.##" : "#,0", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, string title, string said) =>
        text.Append("  ").Append(title.PadRight(22)).Append(said).AppendLine();
}

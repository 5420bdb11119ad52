using System.Globalization;
using System.Text;

namespace Jobtree.Telemetry;

/// <summary>The catalogue as the page <c>docs/metrics.md</c>.</summary>
public static class CatalogueDocument
{
    /// <summary>Writes the page in Markdown.</summary>
    public static string Write()
    {
        var page = new StringBuilder("""
            # Metrics

            `GET /metrics` of a silo serves three meters through OpenTelemetry's Prometheus exporter: `Jobtree`, whose
            series are listed here, Orleans' own (`orleans_…`) and the .NET runtime's (`dotnet_…`), both as they are.
            `./jobtree monitoring generate` makes this page from the catalogue in `src/Jobtree.Telemetry`; a test fails
            when it is stale.

            - **Format.** Prometheus' text format 0.0.4, or OpenMetrics 1.0 if the header `Accept` asks for it, as
              Prometheus does. OpenMetrics has no `_sum` and `_count` of a histogram with negative buckets, such as
              `jobtree_forecast_error_seconds`: its count is the bucket `+Inf`.
            - **Exemplars.** Histograms and counters carry the trace of a recent sampled request, in OpenMetrics only
              and only when traces are exported (`OTEL_EXPORTER_OTLP_ENDPOINT`). Prometheus keeps them if it runs with
              `--enable-feature=exemplar-storage`.
            - **Histograms** have classic buckets. OpenTelemetry's exporter writes no native ones.
            - **Bounds.** No series carries the name of a run, except those that workloads report. A metric keeps at
              most 2,000 label sets in the life of a silo; what comes then is counted in one series with the label
              `otel_metric_overflow="true"`. Each budget metric has at most 2,000 series at a time: 399 envelopes have
              their own, all others share the label values `other`, which have their sum. An instrument of Orleans or of
              the runtime keeps 500 label sets.
            - **Reported.** `jobtree_run_…` by `run` and `jobtree_node_usage_ratio` by `node` come from [workloads and
              agents](executors.md#telemetry). At most 1,000 running runs of a silo have series (`--run-series-max`;
              0: none) and at most 2,000 nodes. A run's series end with its attempt, and a node's value after five
              minutes without a report. These are written behind the exporter's output, which would keep every label
              set for the life of the silo.
            - **When.** A series appears with its first value. The fleet's state (queues, GPUs, budgets) is read at each
              scrape and told by one silo only; what cannot be read then is missing from that scrape.
            - **Grains in memory.** Orleans tells them: `orleans_grains` by `grain_type`. Jobtree has no series of its
              own for them.


            """);
        Table(page, Catalogue.All);
        page.Append("""

            ## Programs with Jobtree.Client

            A program that uses the client serves these itself, see [the client](client.md):


            """);
        Table(page, Catalogue.Sdk);
        page.Append("\n## Buckets\n\nUpper bounds of the histograms' buckets, in the unit of the series:\n\n");
        foreach (var metric in Catalogue.All.Concat(Catalogue.Sdk).Where(
            metric => metric.Type == MetricType.Histogram))
        {
            var bounds = string.Join(
                ", ", metric.Buckets.Select(bound => bound.ToString("R", CultureInfo.InvariantCulture)));
            page.Append(CultureInfo.InvariantCulture, $"- `{metric.Name}`:\n  {bounds}\n");
        }

        return page.ToString();
    }

    private static void Table(StringBuilder page, IReadOnlyList<MetricDefinition> metrics)
    {
        page.Append("| series | type | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n");
        foreach (var metric in metrics)
        {
            var labels = string.Join(", ", metric.Labels.Select(label => $"`{label}`"));
            page.Append(CultureInfo.InvariantCulture,
                $"| `{metric.Name}` | {Word(metric.Type)} | {metric.Unit} | {labels} | {metric.Help} |\n");
        }
    }

    private static string Word(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        _ => "histogram",
    };
}

using System.Globalization;
using System.Text;

namespace Jobtree.Telemetry;

/// <summary>The catalogue as the page <c>docs/metrics.md</c>.</summary>
public static class CatalogueDocument
{
    /// <summary>The page in Markdown.</summary>
    public static string Write()
    {
        var page = new StringBuilder("""
            # Metrics

            `GET /metrics` serves these series in Prometheus' text format (0.0.4). This page is made from the catalogue in `src/Jobtree.Telemetry`;
            a test fails when it is stale, and rewrites it when run with `JOBTREE_UPDATE=1`.

            Labels are bounded: no series carries the name of a run. An instrument keeps at most 2,000 label sets; further ones are counted under
            the label value `other`, and `jobtree_series_dropped_total` says so. A series appears with its first value.

            | series | type | unit | labels | meaning |
            | --- | --- | --- | --- | --- |

            """);
        foreach (var instrument in Catalogue.All)
        {
            var labels = string.Join(", ", instrument.Labels.Select(label => $"`{label}`"));
            var type = instrument.Type switch { InstrumentType.Counter => "counter", InstrumentType.Gauge =>
                "gauge", _ => "histogram" };
            page.Append(CultureInfo.InvariantCulture,
                $"| `{instrument.Name}` | {type} | {instrument.Unit} | {labels} | {instrument.Help} |\n");
        }

        page.Append("\n## Buckets\n\nUpper bounds of the histograms' buckets, in the unit of the series:\n\n");
        foreach (var instrument in Catalogue.All.Where(instrument => instrument.Type == InstrumentType.Histogram))
        {
            var bounds = string.Join(
                ", ", instrument.Buckets.Select(bound => bound.ToString("R", CultureInfo.InvariantCulture)));
            page.Append(CultureInfo.InvariantCulture, $"- `{instrument.Name}`: {bounds}\n");
        }

        return page.ToString();
    }
}

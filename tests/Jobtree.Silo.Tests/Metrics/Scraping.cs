using Jobtree.Silo.Tests.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>Reads single values from a metrics page.</summary>
internal static class Scraping
{
    /// <summary>Reads the page of a silo.</summary>
    public static async Task<Exposition> Scrape(this FleetClient client) =>
        Exposition.Read(await client.Text("/metrics"));

    /// <summary>The value of a counter or gauge, or the count of a histogram; null: there is no such series.</summary>
    public static double? Value(this Exposition page, MetricDefinition metric, params string[] labels)
    {
        var name = metric.Type == MetricType.Histogram ? $"{metric.Name}_count" : metric.Name;
        return page.Samples.SingleOrDefault(sample => sample.Name == name
            && metric.Labels.Zip(labels).All(pair => sample.Labels[pair.First] == pair.Second))?.Value;
    }
}

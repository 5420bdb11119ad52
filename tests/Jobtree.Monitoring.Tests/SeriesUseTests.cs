using System.Text.RegularExpressions;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Tests;

/// <summary>A series that nobody looks at costs for nothing.</summary>
public sealed partial class SeriesUseTests
{
    [Fact]
    public void Every_series_of_the_catalogue_is_used_by_a_dashboard_or_a_rule()
    {
        var used = Files().SelectMany(text => Name().Matches(text)).Select(match => match.Value).ToHashSet();
        var unused = Catalogue.All.Concat(Catalogue.Sdk)
            .Where(metric => !Parts(metric).Any(used.Contains)).Select(metric => metric.Name);
        Assert.Equal([], unused);
    }

    private static IEnumerable<string> Files()
    {
        var repository = Sources.Repository();
        string[] folders = ["dashboards", "alerts"];
        return folders.Where(folder => Directory.Exists(Path.Combine(Sources.Root, folder)))
            .SelectMany(folder => repository.List(folder, folder == "alerts" ? ".rules.yaml" : ".json"))
            .Select(repository.Read);
    }

    private static string[] Parts(MetricDefinition metric) => metric.Type == MetricType.Histogram
        ? [$"{metric.Name}_bucket", $"{metric.Name}_sum", $"{metric.Name}_count"]
        : [metric.Name];

    [GeneratedRegex("[a-z_0-9]+")]
    private static partial Regex Name();
}

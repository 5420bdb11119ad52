using Jobtree.Telemetry;
using YamlDotNet.RepresentationModel;

namespace Jobtree.Monitoring.Tests;

/// <summary>
/// Every series that dashboards and rules may name: the catalogue's, those of recording rules, and the listed ones of
/// Orleans, .NET and Prometheus.
/// </summary>
internal sealed class KnownSeries
{
    private readonly Dictionary<string, Known> byName = [];

    public KnownSeries(Repository repository)
    {
        foreach (var metric in Catalogue.All.Concat(Catalogue.Sdk))
        {
            var source = metric.Presence == MetricPresence.Sdk ? SeriesSource.Sdk : SeriesSource.Silo;
            Add(metric.Name, metric.Type, source, [.. metric.Labels]);
        }

        foreach (var series in ForeignSeries.All)
        {
            var source = series.Name.StartsWith("ALERTS", StringComparison.Ordinal)
                ? SeriesSource.Alert : SeriesSource.Silo;
            Add(series.Name, series.Type, source, labels: null);
        }

        foreach (var name in Recorded(repository))
            byName.TryAdd(name, new Known(Type: null, SeriesSource.Rule, Labels: null));
    }

    /// <summary>Finds a series by the name that a query has, with the ending of a histogram's part.</summary>
    public Known? Find(string name) => byName.GetValueOrDefault(name);

    private static IEnumerable<string> Recorded(Repository repository)
    {
        if (!Directory.Exists(Path.Combine(Sources.Root, "alerts")))
            yield break;
        foreach (var path in repository.List("alerts", ".rules.yaml"))
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(repository.Read(path)));
            var rules = yaml.Documents[0].RootNode.AllNodes.OfType<YamlMappingNode>()
                .Where(node => node.Children.ContainsKey("record"));
            foreach (var rule in rules)
                yield return ((YamlScalarNode)rule["record"]).Value!;
        }
    }

    private void Add(string name, MetricType type, SeriesSource source, IReadOnlyList<string>? labels)
    {
        if (type != MetricType.Histogram)
        {
            byName[name] = new Known(type, source, labels);
            return;
        }

        byName[$"{name}_bucket"] = new Known(MetricType.Counter, source, labels is null ? null : [.. labels, "le"]);
        byName[$"{name}_sum"] = byName[$"{name}_count"] = new Known(MetricType.Counter, source, labels);
    }
}

/// <summary>A series that may be named.</summary>
/// <param name="Type">Counter or gauge; absent of a recording rule, whose name does not say it.</param>
/// <param name="Source">Who makes it.</param>
/// <param name="Labels">Its own labels; absent if they are not checked.</param>
internal sealed record Known(MetricType? Type, SeriesSource Source, IReadOnlyList<string>? Labels);

/// <summary>Who makes a series.</summary>
internal enum SeriesSource
{
    /// <summary>A silo, or Prometheus for it: it has the labels job and instance.</summary>
    Silo,

    /// <summary>A program with the client SDK, under a job of its own.</summary>
    Sdk,

    /// <summary>A recording rule: it has the label job.</summary>
    Rule,

    /// <summary>An alert: it has the labels that its rule leaves.</summary>
    Alert,
}

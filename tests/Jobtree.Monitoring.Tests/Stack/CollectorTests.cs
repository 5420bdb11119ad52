using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Stack;

/// <summary>The collector's configuration, alone and with that of the cloud behind it.</summary>
public sealed class CollectorTests
{
    private const string Folder = "deploy/compose";
    private static readonly string[] Kinds = ["receivers", "processors", "exporters"];

    private static readonly IDictionary<object, object> Local = Yaml.Read($"{Folder}/collector/collector.yaml");
    private static readonly IDictionary<object, object> Cloud = Yaml.Read($"{Folder}/collector/cloud.yaml");

    [Fact]
    public void Pipelines_use_what_is_defined_and_all_of_it()
    {
        Check(Local, all: true);
        // Behind each other the maps are one, and a list of the second replaces that of the first.
        Check((IDictionary<object, object>)Merged(Local, Cloud), all: false);
    }

    [Fact]
    public void Logs_go_to_loki_and_traces_to_tempo()
    {
        Assert.Equal(["otlphttp/loki"], Local.List("service", "pipelines", "logs", "exporters"));
        Assert.Equal(["otlp/tempo"], Local.List("service", "pipelines", "traces", "exporters"));
        Assert.Equal("http://loki:3100/otlp", Local.At("exporters", "otlphttp/loki", "endpoint"));
    }

    [Fact]
    public void The_cloud_gets_everything_and_its_key_from_the_environment()
    {
        var merged = Merged(Local, Cloud);
        Assert.Equal(["otlphttp/loki-cloud"], merged.List("service", "pipelines", "logs", "exporters"));
        Assert.Equal(["otlp/tempo-cloud"], merged.List("service", "pipelines", "traces", "exporters"));
        Assert.Equal(["prometheusremotewrite/cloud"], merged.List("service", "pipelines", "metrics", "exporters"));
        var used = Variables(Sources.Repository().Read($"{Folder}/collector/cloud.yaml"), @"\$\{env:(\w+)\}");
        Assert.Superset(
            new HashSet<string> { "GRAFANA_CLOUD_API_KEY", "LOKI_CLOUD_URL", "PROMETHEUS_CLOUD_URL" }, used);
        Assert.Equal(used, Variables(
            Sources.Repository().Read($"{Folder}/compose.cloud.yaml"), @"^ +(\w+): \$\{\1:\?", RegexOptions.Multiline));
    }

    [Fact]
    public void The_cloud_scrapes_as_prometheus_does()
    {
        var prometheus = Yaml.Read($"{Folder}/prometheus/prometheus.yml");
        var cloud = Cloud.Map("receivers", "prometheus", "config");
        Assert.Equal(prometheus.At("global", "scrape_interval"), cloud.At("global", "scrape_interval"));
        Assert.Equivalent(prometheus.List("scrape_configs")[0], cloud.List("scrape_configs").Single(), strict: true);
    }

    private static HashSet<string> Variables(string text, string form, RegexOptions options = RegexOptions.None) =>
        [.. Regex.Matches(text, form, options).Select(match => match.Groups[1].Value)];

    private static void Check(IDictionary<object, object> configuration, bool all)
    {
        var pipelines = configuration.Map("service", "pipelines");
        foreach (var kind in Kinds)
        {
            var used = pipelines.SelectMany(pipeline => pipeline.Value.List(kind)).ToHashSet();
            Assert.All(used, name => Assert.True(
                configuration.Map(kind).ContainsKey(name), $"{name} of a pipeline is not among the {kind}."));
            if (all)
                Assert.All(configuration.Map(kind).Keys, name => Assert.Contains(name, used));
        }

        Assert.Equal(configuration.Map("extensions").Keys.ToHashSet(),
            configuration.List("service", "extensions").ToHashSet());
    }

    private static object Merged(object first, object second)
    {
        if (first is not IDictionary<object, object> one || second is not IDictionary<object, object> other)
            return second;
        var merged = new Dictionary<object, object>(one);
        foreach (var (key, value) in other)
            merged[key] = merged.TryGetValue(key, out var before) ? Merged(before, value) : value;
        return merged;
    }
}

namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>What Loki does with a record that comes by OTLP, as the shipped configuration has it.</summary>
internal sealed class LokiMapping
{
    private readonly HashSet<string> labels;
    private readonly IReadOnlyList<(LogQuery Selector, int Priority, TimeSpan Period)> streams;
    private readonly TimeSpan otherwise;

    private LokiMapping(IDictionary<object, object> limits, IReadOnlyList<LogQuery> selectors)
    {
        var resource = limits.Map("otlp_config", "resource_attributes");
        Assert.Equal("True", resource.Text("ignore_defaults"));
        labels = [.. resource.List("attributes_config").Cast<IDictionary<object, object>>()
            .Where(rule => rule.Text("action") == "index_label")
            .SelectMany(rule => rule.List("attributes")).Select(name => $"{name}")];
        otherwise = Hours(limits.Text("retention_period")!);
        streams = [.. Streams(limits).Zip(selectors, (stream, selector) =>
            (selector, int.Parse(stream.Text("priority")!, null), Hours(stream.Text("period")!)))];
    }

    public static async Task<LokiMapping> Shipped()
    {
        var limits = Yaml.Read("deploy/compose/loki/loki.yaml").Map("limits_config");
        var selectors = Streams(limits).Select(stream => stream.Text("selector")!);
        return new LokiMapping(limits, await LogQuery.Parse(selectors));
    }

    /// <summary>Named resource attributes become labels, all else structured metadata, and the body the line.</summary>
    public LokiRecord Take(LogEntry entry)
    {
        static string Name(string attribute) => attribute.Replace('.', '_');
        return new LokiRecord(
            entry.Resource.Where(attribute => labels.Contains(attribute.Key)).ToDictionary(
                attribute => Name(attribute.Key), attribute => $"{attribute.Value}"),
            entry.Body,
            entry.Attributes.ToDictionary(attribute => Name(attribute.Key), attribute => $"{attribute.Value}"));
    }

    /// <summary>How long a record is kept: the period of the highest priority that matches its labels.</summary>
    public TimeSpan Retention(LokiRecord record) => streams.Where(stream => stream.Selector.Selects(record))
        .OrderByDescending(stream => stream.Priority).Select(stream => (TimeSpan?)stream.Period).FirstOrDefault()
        ?? otherwise;

    private static IEnumerable<IDictionary<object, object>> Streams(IDictionary<object, object> limits) =>
        limits.List("retention_stream").Cast<IDictionary<object, object>>();

    private static TimeSpan Hours(string text) => TimeSpan.FromHours(
        double.Parse(text.TrimEnd('h'), System.Globalization.CultureInfo.InvariantCulture));
}

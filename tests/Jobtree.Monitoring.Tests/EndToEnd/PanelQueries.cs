using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>The queries of the shipped dashboards, with values in place of Grafana's variables.</summary>
internal static partial class PanelQueries
{
    // At least four of the scrapes of this test.
    private const string RateInterval = "1m";
    private const string Range = "1h";

    /// <summary>Each query with the place where it stands.</summary>
    public static IEnumerable<(string Place, string Expression)> All() =>
        from path in Sources.Repository().List("dashboards", ".json")
        let board = JsonNode.Parse(Sources.Repository().Read(path))!
        from panel in Panels(board)
        from target in panel["targets"]?.AsArray() ?? []
        let expression = target!["expr"]?.GetValue<string>()
        where expression is not null
        select ($"{Path.GetFileName(path)}, {panel["title"]}", Concrete(expression));

    private static IEnumerable<JsonNode> Panels(JsonNode node) =>
        (node["panels"]?.AsArray() ?? []).SelectMany(panel => Panels(panel!).Prepend(panel!));

    private static string Concrete(string expression) => Variable().Replace(expression
        .Replace("$__rate_interval", RateInterval, StringComparison.Ordinal)
        .Replace("$__interval", RateInterval, StringComparison.Ordinal)
        .Replace("$__range", Range, StringComparison.Ordinal), ".*");

    [GeneratedRegex(@"\$\{\w+(:\w+)?\}|\$\w+")]
    private static partial Regex Variable();
}

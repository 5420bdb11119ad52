using System.Text.Json.Nodes;
using Jobtree.Monitoring.Dashboards;

namespace Jobtree.Monitoring.Tests.Dashboards;

/// <summary>A query of a panel of a dashboard.</summary>
internal sealed record PanelQuery(JsonNode Dashboard, JsonNode Panel, JsonNode Target)
{
    // Durations that nobody writes, so that they can be told from written ones after parsing.
    private const string RateWindow = "4m1s";
    private const string WholeRange = "59m59s";

    public string Title => DashboardLint.Text(Panel["title"]);

    public string Name => $"{DashboardLint.Text(Dashboard["uid"])}: panel \"{Title}\"";

    public string Expression => DashboardLint.Text(Target["expr"]);

    public string Legend => DashboardLint.Text(Target["legendFormat"]);

    /// <summary>The query with durations in place of Grafana's variables for them.</summary>
    public string Concrete => Expression.Replace(PromQl.RateWindow, RateWindow).Replace(PromQl.WholeRange, WholeRange);

    /// <summary>Whether a window comes from Grafana's variables.</summary>
    public static bool IsOfVariable(string window) => window is RateWindow or WholeRange;
}

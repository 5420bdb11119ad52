using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Jobtree.Monitoring.Dashboards;
using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Dashboards;

/// <summary>
/// What a dashboard must hold: the rules of Grafana's dashboard linter, and ours. A problem names the dashboard, the
/// panel and the series.
/// </summary>
internal sealed partial class DashboardLint(KnownSeries known)
{
    private const int Columns = 24;
    private const int SchemaOfGrafana10 = 38;

    private readonly List<string> problems = [];

    /// <summary>Checks dashboards in Grafana's format, and returns their problems.</summary>
    public async Task<IReadOnlyList<string>> Check(IReadOnlyList<JsonNode> dashboards)
    {
        problems.Clear();
        var queries = new List<PanelQuery>();
        foreach (var dashboard in dashboards)
        {
            CheckSettings(dashboard);
            CheckVariables(dashboard);
            CheckLayout(dashboard);
            foreach (var panel in Panels(dashboard))
            {
                CheckPanel(dashboard, panel);
                queries.AddRange(Targets(panel).Select(target => new PanelQuery(dashboard, panel, target)));
            }
        }

        var parsed = await PromQlParser.Parse([.. queries.Select(query => query.Concrete)]);
        for (var i = 0; i < queries.Count; i++)
            new QueryLint(known, queries[i], parsed[i], problems).Check();
        return problems;
    }

    /// <summary>The panels that show something.</summary>
    public static IEnumerable<JsonNode> Panels(JsonNode dashboard) =>
        dashboard["panels"]!.AsArray().Where(panel => Text(panel!["type"]) != "row")!;

    /// <summary>The queries of a panel.</summary>
    public static IEnumerable<JsonNode> Targets(JsonNode panel) => (panel["targets"]?.AsArray() ?? [])!;

    /// <summary>A text of the file; empty if it is missing.</summary>
    public static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";

    private static string Name(JsonNode dashboard, JsonNode panel) =>
        $"{Text(dashboard["uid"])}: panel \"{Text(panel["title"])}\"";

    private void CheckSettings(JsonNode dashboard)
    {
        var uid = Text(dashboard["uid"]);
        Require(uid.Length > 0 && Text(dashboard["title"]).Length > 0 && Text(dashboard["description"]).Length > 0,
            $"{uid}: it lacks uid, title or description");
        Require(dashboard["schemaVersion"]!.GetValue<int>() >= SchemaOfGrafana10,
            $"{uid}: its schema is older than Grafana 10");
        Require(dashboard["id"] is null, $"{uid}: it has an id, which is another in every Grafana");
        Require(!dashboard["editable"]!.GetValue<bool>(), $"{uid}: it is editable, but provisioning undoes that");
        Require(Text(dashboard["refresh"]) == "30s", $"{uid}: it does not refresh every 30 s");
        Require(dashboard["links"]!.AsArray().Any(link => Text(link!["type"]) == "dashboards"),
            $"{uid}: it has no links to the other dashboards");
    }

    private void CheckVariables(JsonNode dashboard)
    {
        var uid = Text(dashboard["uid"]);
        var variables = dashboard["templating"]!["list"]!.AsArray().ToDictionary(each => Text(each!["name"]));
        var source = variables.GetValueOrDefault("datasource");
        Require(Text(source?["type"]) == "datasource" && Text(source?["query"]) == "prometheus"
            && Text(source?["label"]) == "Data source", $"{uid}: it lacks the variable datasource of Prometheus");
        foreach (var name in (string[])["job", "instance"])
            Require(variables.ContainsKey(name), $"{uid}: it lacks the variable {name}");
        foreach (var (name, variable) in variables.Where(each => each.Key != "datasource"))
        {
            // A page of all runs says nothing; all else can be shown together.
            Require(variable!["includeAll"]!.GetValue<bool>() || name == "run",
                $"{uid}: the variable {name} has no All");
            Require(variable["multi"]!.GetValue<bool>()
                && Text(variable["allValue"]) == ".+" && variable["refresh"]!.GetValue<int>() == 2
                && Text(variable["datasource"]?["uid"]) == "${datasource}" && Text(variable["label"]).Length > 0,
                $"{uid}: the variable {name} is no multiple choice of the data source");
            foreach (var series in SeriesOf(Text(variable["query"]!["query"])))
                Require(known.Find(series) is not null, $"{uid}: the variable {name} asks for the unknown {series}");
        }
    }

    private static string[] SeriesOf(string query)
    {
        var values = LabelValues().Match(query);
        return values.Success ? values.Groups["series"].Value.Split('|') : ["query, which is no label_values"];
    }

    private void CheckLayout(JsonNode dashboard)
    {
        var uid = Text(dashboard["uid"]);
        var taken = new HashSet<(int, int)>();
        foreach (var panel in dashboard["panels"]!.AsArray())
        {
            var grid = panel!["gridPos"]!;
            var (x, y) = (grid["x"]!.GetValue<int>(), grid["y"]!.GetValue<int>());
            var (width, height) = (grid["w"]!.GetValue<int>(), grid["h"]!.GetValue<int>());
            var free = x >= 0 && x + width <= Columns;
            for (var i = 0; i < width * height; i++)
                free &= taken.Add((x + (i % width), y + (i / width)));
            Require(free, $"{Name(dashboard, panel)}: it covers another panel or leaves the grid");
        }

        foreach (var same in dashboard["panels"]!.AsArray().GroupBy(panel => panel!["id"]!.GetValue<int>()))
            Require(same.Count() == 1, $"{uid}: the panels {string.Join(", ", same.Select(panel => panel!["title"]))} "
                + "have one id");
    }

    private void CheckPanel(JsonNode dashboard, JsonNode panel)
    {
        var name = Name(dashboard, panel);
        Require(Text(panel["title"]).Length > 0, $"{name}: it lacks a title");
        Require(Text(panel["description"]).Length > 0, $"{name}: it lacks a description");
        Require(Text(panel["datasource"]?["uid"]) == "${datasource}", $"{name}: it is not of the variable datasource");
        Require(Targets(panel).Any(), $"{name}: it has no query");
        var unit = Text(panel["fieldConfig"]!["defaults"]!["unit"]);
        Require(Unit.All.Contains(unit),
            $"{name}: it has the unit '{unit}'; one of {string.Join(", ", Unit.All)} is due");
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
            problems.Add(problem);
    }

    [GeneratedRegex("""^label_values\((\{__name__=~")?(?<series>[a-z_|]+)("[^}]*\}|\{[^}]*\})?, \w+\)$""")]
    private static partial Regex LabelValues();
}

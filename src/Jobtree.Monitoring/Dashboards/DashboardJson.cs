using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Jobtree.Monitoring.Dashboards;

/// <summary>
/// Writes a dashboard in Grafana's format. The same dashboard gives the same text: nothing in it depends on when or
/// where it was written.
/// </summary>
internal static class DashboardJson
{
    /// <summary>The version of the format: Grafana 10 and later read it as it is.</summary>
    private const int SchemaVersion = 39;

    /// <summary>The tag by which the dashboards link to each other.</summary>
    private const string Tag = "jobtree";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The dashboard as a file.</summary>
    public static string Write(Dashboard dashboard) => Make(dashboard).ToJsonString(Indented) + "\n";

    private static JsonObject Make(Dashboard dashboard) => new()
    {
        ["uid"] = dashboard.Uid,
        ["title"] = dashboard.Title,
        ["description"] = dashboard.Description,
        ["tags"] = new JsonArray(Tag),
        ["schemaVersion"] = SchemaVersion,
        ["version"] = 1,
        ["id"] = null,
        ["editable"] = false,
        ["graphTooltip"] = 1,
        ["refresh"] = "30s",
        ["time"] = new JsonObject { ["from"] = "now-1h", ["to"] = "now" },
        ["timezone"] = "browser",
        ["timepicker"] = new JsonObject(),
        ["annotations"] = new JsonObject { ["list"] = new JsonArray() },
        ["links"] = new JsonArray(LinkToAll()),
        ["templating"] = new JsonObject
        {
            ["list"] = new JsonArray([DataSourceVariable(), .. dashboard.Variables.Select(LabelVariable)]),
        },
        ["panels"] = new JsonArray([.. Layout.Of(dashboard).SelectMany(
            row => row.Panels.Select(placed => PanelJson.Make(placed.Panel, placed.Place))
                .Prepend(RowTitle(row.Row.Title, row.Title)))]),
    };

    /// <summary>
    /// A number that stays with a panel when others come and go, so that links to the panel stay right: it is made
    /// from the title, which is unique on a dashboard.
    /// </summary>
    public static int PanelId(string title)
    {
        const uint OffsetBasis = 2166136261, Prime = 16777619;
        return (int)(title.Aggregate(OffsetBasis, (hash, letter) => (hash ^ letter) * Prime) % 1_000_000) + 1;
    }

    private static JsonObject LinkToAll() => new()
    {
        ["type"] = "dashboards",
        ["title"] = "Jobtree",
        ["tags"] = new JsonArray(Tag),
        ["asDropdown"] = true,
        ["includeVars"] = true,
        ["keepTime"] = true,
        ["targetBlank"] = false,
        ["icon"] = "external link",
    };

    private static JsonObject DataSourceVariable() => new()
    {
        ["type"] = "datasource",
        ["name"] = "datasource",
        ["label"] = "Data source",
        ["query"] = "prometheus",
        ["hide"] = 0,
        ["includeAll"] = false,
        ["multi"] = false,
        ["refresh"] = 1,
        ["regex"] = "",
    };

    private static JsonObject LabelVariable(Variable variable)
    {
        var query = $"label_values({variable.Series}, {variable.Name})";
        var made = new JsonObject
        {
            ["type"] = "query",
            ["name"] = variable.Name,
            ["label"] = variable.Label,
            ["datasource"] = PanelJson.DataSource(),
            ["definition"] = query,
            ["query"] = new JsonObject { ["query"] = query, ["refId"] = variable.Name },
            // Values come and go with silos and runs: they are read again when the time range changes.
            ["refresh"] = 2,
            ["sort"] = 1,
            ["hide"] = 0,
            ["multi"] = true,
            ["includeAll"] = variable.HasAll,
            ["allValue"] = ".+",
            ["regex"] = "",
        };
        if (variable.HasAll)
        {
            made["current"] = new JsonObject
            {
                ["selected"] = true,
                ["text"] = new JsonArray(variable.Default ?? "All"),
                ["value"] = new JsonArray(variable.Default ?? "$__all"),
            };
        }

        return made;
    }

    private static JsonObject RowTitle(string title, Place place) => new()
    {
        ["type"] = "row",
        ["id"] = PanelId("row " + title),
        ["title"] = title,
        ["collapsed"] = false,
        ["gridPos"] = PanelJson.Grid(place),
        ["panels"] = new JsonArray(),
    };
}

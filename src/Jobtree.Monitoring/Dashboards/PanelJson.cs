using System.Text.Json.Nodes;

namespace Jobtree.Monitoring.Dashboards;

/// <summary>Writes a panel in Grafana's format.</summary>
internal static class PanelJson
{
    private const string PrometheusVariable = "${datasource}";

    /// <summary>Columns and cells must be wide enough to be seen; the window of their rates grows with them.</summary>
    private const int CellsMax = 80;

    public static JsonObject Make(Panel panel, Place place)
    {
        var made = new JsonObject
        {
            ["type"] = Type(panel.Kind),
            ["id"] = DashboardJson.PanelId(panel.Title),
            ["title"] = panel.Title,
            ["description"] = panel.Description,
            ["datasource"] = DataSource(),
            ["gridPos"] = Grid(place),
            ["fieldConfig"] = new JsonObject
            {
                ["defaults"] = Defaults(panel),
                ["overrides"] = new JsonArray(
                    [.. IsOverTime(panel.Kind) ? SeriesColor.Of(panel).Select(Override) : []]),
            },
            ["options"] = Options(panel),
            ["targets"] = new JsonArray([.. panel.Queries.Select((query, i) => Target(panel.Kind, query, i))]),
        };
        if (panel.Kind is PanelKind.Columns or PanelKind.HeatMap)
            made["maxDataPoints"] = CellsMax;
        if (panel.Kind == PanelKind.Table)
            made["transformations"] = Columns(panel);
        return made;
    }

    public static JsonObject DataSource() => new() { ["type"] = "prometheus", ["uid"] = PrometheusVariable };

    public static JsonObject Grid(Place place) => new()
    {
        ["x"] = place.X, ["y"] = place.Y, ["w"] = place.Width, ["h"] = place.Height,
    };

    private static string Type(PanelKind kind) => kind switch
    {
        PanelKind.Stat => "stat",
        PanelKind.Gauge => "gauge",
        PanelKind.Bars => "bargauge",
        PanelKind.Table => "table",
        PanelKind.HeatMap => "heatmap",
        _ => "timeseries",
    };

    private static bool IsOverTime(PanelKind kind) => kind is PanelKind.Lines or PanelKind.Stack or PanelKind.Columns;

    private static JsonObject Target(PanelKind kind, Query query, int index)
    {
        var isTable = kind == PanelKind.Table;
        // A bar or row shows what is now; all else the course, or its last value, unless one value covers the range.
        var isInstant = isTable || kind == PanelKind.Bars || query.CoversRange;
        return new JsonObject
        {
            ["refId"] = RefId(index),
            ["datasource"] = DataSource(),
            ["editorMode"] = "code",
            ["expr"] = query.Expression,
            ["legendFormat"] = isTable || query.Legend.Length == 0 ? "__auto" : query.Legend,
            ["format"] = isTable ? "table" : kind == PanelKind.HeatMap ? "heatmap" : "time_series",
            ["instant"] = isInstant,
            ["range"] = !isInstant,
            // Points on a latency's line that lead to a trace.
            ["exemplar"] = kind == PanelKind.Lines && query.Expression.Contains("_bucket{", StringComparison.Ordinal),
        };
    }

    private static string RefId(int index) => ((char)('A' + index)).ToString();

    private static JsonObject Defaults(Panel panel)
    {
        var defaults = new JsonObject { ["unit"] = panel.Unit };
        if (panel.Min is { } min && panel.Kind != PanelKind.Table)
            defaults["min"] = min;
        if (panel.Max is { } max)
            defaults["max"] = max;
        defaults["color"] = Color(panel);
        defaults["thresholds"] = Steps(panel.Thresholds);
        if (panel.WhenEmpty is { } text)
            defaults["noValue"] = text;
        if (panel.Link is { } link)
            defaults["links"] = new JsonArray(Link(link));
        if (IsOverTime(panel.Kind))
            defaults["custom"] = Drawing(panel);
        return defaults;
    }

    /// <summary>A value that nothing judges is blue; green, orange and red judge.</summary>
    private static JsonObject Color(Panel panel) => IsOverTime(panel.Kind)
        ? new() { ["mode"] = "palette-classic" }
        : panel.Thresholds is null
            ? new() { ["mode"] = "fixed", ["fixedColor"] = "blue" }
            : new() { ["mode"] = "thresholds" };

    private static JsonObject Override((string Name, string Color) series) => new()
    {
        ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = series.Name },
        ["properties"] = new JsonArray(new JsonObject
        {
            ["id"] = "color",
            ["value"] = new JsonObject { ["mode"] = "fixed", ["fixedColor"] = series.Color },
        }),
    };

    private static JsonObject Steps(Thresholds? thresholds)
    {
        var (low, middle, high) = thresholds is { } && thresholds.Red < thresholds.Orange
            ? ("red", "orange", "green") : ("green", "orange", "red");
        var steps = new JsonArray(Step(low, null));
        if (thresholds is { Orange: var orange, Red: var red })
        {
            steps.Add(Step(middle, Math.Min(orange, red)));
            steps.Add(Step(high, Math.Max(orange, red)));
        }

        return new JsonObject { ["mode"] = "absolute", ["steps"] = steps };
    }

    private static JsonObject Step(string color, double? from) => new() { ["color"] = color, ["value"] = from };

    private static JsonObject Link(PanelLink link)
    {
        var variables = link.Labels.Select(label => $"var-{label}=${{__data.fields.{label}}}");
        return new JsonObject
        {
            ["title"] = link.Title,
            ["url"] = $"/d/{link.Uid}?{string.Join('&', variables)}&${{datasource:queryparam}}&${{__url_time_range}}",
        };
    }

    private static JsonObject Drawing(Panel panel) => new()
    {
        ["drawStyle"] = panel.Kind == PanelKind.Columns ? "bars" : "line",
        ["lineInterpolation"] = "linear",
        ["lineWidth"] = 1,
        // Areas under lines of which there may be many would cover each other.
        ["fillOpacity"] = panel.Kind switch
        {
            PanelKind.Columns => 80,
            PanelKind.Stack => 40,
            _ => panel.Queries.Any(query => query.Legend.Contains("{{", StringComparison.Ordinal)) ? 0 : 8,
        },
        ["gradientMode"] = "none",
        ["showPoints"] = "never",
        ["spanNulls"] = false,
        ["stacking"] = new JsonObject
        {
            ["mode"] = panel.Kind == PanelKind.Lines ? "none" : "normal", ["group"] = "A",
        },
    };

    private static JsonObject Options(Panel panel) => panel.Kind switch
    {
        PanelKind.Stat => new()
        {
            ["reduceOptions"] = LastValue(),
            ["colorMode"] = "value",
            ["graphMode"] = panel.Queries.Any(query => query.CoversRange) ? "none" : "area",
            ["justifyMode"] = "auto",
            ["orientation"] = "auto",
            ["textMode"] = "auto",
        },
        PanelKind.Gauge => new()
        {
            ["reduceOptions"] = LastValue(),
            ["showThresholdLabels"] = false,
            ["showThresholdMarkers"] = true,
            ["orientation"] = "auto",
        },
        PanelKind.Bars => new()
        {
            ["reduceOptions"] = LastValue(),
            ["displayMode"] = "basic",
            ["orientation"] = "horizontal",
            ["showUnfilled"] = true,
            ["valueMode"] = "color",
        },
        PanelKind.Table => new()
        {
            ["showHeader"] = true,
            ["cellHeight"] = "sm",
            ["sortBy"] = new JsonArray(new JsonObject
            {
                ["displayName"] = panel.Queries[0].Legend, ["desc"] = true,
            }),
        },
        PanelKind.HeatMap => new()
        {
            ["calculate"] = false,
            ["cellGap"] = 1,
            ["color"] = new JsonObject { ["mode"] = "scheme", ["scheme"] = "Blues", ["steps"] = 64 },
            ["yAxis"] = new JsonObject { ["axisPlacement"] = "left", ["unit"] = panel.Unit },
            ["tooltip"] = new JsonObject { ["mode"] = "single", ["yHistogram"] = true },
            ["legend"] = new JsonObject { ["show"] = true },
        },
        _ => new()
        {
            ["legend"] = new JsonObject
            {
                ["displayMode"] = "list", ["placement"] = "bottom", ["showLegend"] = true, ["calcs"] = new JsonArray(),
            },
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" },
        },
    };

    private static JsonObject LastValue() => new()
    {
        ["calcs"] = new JsonArray("lastNotNull"), ["fields"] = "", ["values"] = false,
    };

    /// <summary>Makes one table of all queries: rows are joined by their labels, columns get titles.</summary>
    private static JsonArray Columns(Panel panel)
    {
        var names = new JsonObject();
        for (var i = 0; i < panel.Queries.Count; i++)
            names[panel.Queries.Count == 1 ? "Value" : $"Value #{RefId(i)}"] = panel.Queries[i].Legend;
        return
        [
            new JsonObject { ["id"] = "merge", ["options"] = new JsonObject() },
            new JsonObject
            {
                ["id"] = "organize",
                ["options"] = new JsonObject
                {
                    ["excludeByName"] = new JsonObject { ["Time"] = true },
                    ["renameByName"] = names,
                },
            },
        ];
    }
}

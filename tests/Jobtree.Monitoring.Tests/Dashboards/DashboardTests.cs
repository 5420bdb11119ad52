using System.Text;
using System.Text.Json.Nodes;
using Jobtree.Monitoring.Dashboards;
using Jobtree.Monitoring.Tests.Parsing;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Tests.Dashboards;

/// <summary>The shipped dashboards hold the rules; of a dashboard that does not, each fault is named.</summary>
public sealed class DashboardTests
{
    private static readonly string[] Uids =
    [
        "batch-observability", "grains", "jobtree-observability", "scheduler-performance", "system-health",
        "system-overview", "target-management", "training-job-detail", "training-overview",
    ];

    [Fact]
    public void Nine_dashboards_are_shipped_each_under_its_uid()
    {
        var repository = Sources.Repository();
        Assert.Equal(Uids.Select(uid => $"dashboards/{uid}.json"), repository.List("dashboards", ".json"));
        Assert.Equal(Uids, Shipped().Select(dashboard => DashboardLint.Text(dashboard["uid"])));
    }

    [Fact]
    public async Task Every_shipped_dashboard_holds_the_rules()
    {
        Assert.SkipWhen(PromQlParser.Missing is not null, PromQlParser.Missing ?? "");
        Assert.Empty(await Problems([.. Shipped()]));
    }

    [Fact]
    public async Task Prometheus_takes_every_query()
    {
        Assert.SkipWhen(Programs.Find("promtool") is null, "promtool is not installed");
        var rules = new StringBuilder("groups:\n");
        foreach (var panel in Queries().GroupBy(query => query.Name))
        {
            rules.Append($"- name: '{panel.Key.Replace("'", "''")}'\n  rules:\n");
            foreach (var query in panel)
            {
                rules.Append($"  - record: query_{query.Target["refId"]}\n");
                rules.Append($"    expr: '{query.Concrete.Replace("'", "''")}'\n");
            }

        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("jobtree-").FullName, "queries.rules.yaml");
        await File.WriteAllTextAsync(file, rules.ToString());
        // It ends with 1 if a query cannot be parsed or has operands of wrong types.
        await Programs.Run("promtool", ["check", "rules", file]);
        Assert.True(Queries().Count() > 100);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Theory]
    [InlineData("sum(jobtree_gpu{job=~\"$job\", instance=~\"$instance\"})",
        "the series jobtree_gpu is in no catalogue and made by no rule")]
    [InlineData("sum(jobtree_gpus{job=~\"$job\", instance=~\"$instance\"}",
        "'sum(jobtree_gpus{job=~\"$job\", instance=~\"$instance\"}' is no PromQL at 52: the end")]
    [InlineData("sum(jobtree_gpus{job=~\"$job\"})", "jobtree_gpus lacks the matcher instance=~\"$instance\"")]
    [InlineData("sum by (kind) (jobtree_gpus{job=~\"$job\", instance=~\"$instance\"})",
        "jobtree_gpus has no label kind")]
    [InlineData("sum(jobtree_gpus{job=~\"$job\", instance=~\"$instance\", status=\"used\"})",
        "jobtree_gpus has no label status")]
    [InlineData("sum(rate(jobtree_gpus{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
        "jobtree_gpus is a gauge and has no rate")]
    [InlineData("sum(jobtree_decisions_total{job=~\"$job\", instance=~\"$instance\"})",
        "jobtree_decisions_total is a counter and needs rate or increase")]
    [InlineData("sum(rate(jobtree_decisions_total{job=~\"$job\", instance=~\"$instance\"}[5m]))",
        "jobtree_decisions_total has the window 5m: use $__rate_interval, or name the window in the title")]
    [InlineData("rate(jobtree_decisions_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])",
        "jobtree_decisions_total is not aggregated: a ratio of single series divides each by itself")]
    [InlineData("histogram_quantile(0.5, sum(rate(jobtree_run_wait_seconds_bucket{job=~\"$job\", "
        + "instance=~\"$instance\"}[$__rate_interval])))", "jobtree_run_wait_seconds_bucket is not grouped by le")]
    [InlineData("sum(jobtree_gpus{job=~\"$job\", instance=~\"$instance\", flavor=~\"$flavour\"})",
        "the variable $flavour is not defined")]
    public async Task A_wrong_query_is_named_with_its_dashboard_panel_and_series(string expression, string problem)
    {
        Assert.SkipWhen(PromQlParser.Missing is not null, PromQlParser.Missing ?? "");
        var wrong = Make(Panel.Lines("Wrong", "A wrong panel.", Unit.Count, expression));
        Assert.Equal([$"wrong: panel \"Wrong\": {problem}"], await Problems([wrong]));
    }

    [Fact]
    public async Task A_panel_without_description_unit_or_query_is_named()
    {
        Assert.SkipWhen(PromQlParser.Missing is not null, PromQlParser.Missing ?? "");
        var wrong = Make(
            new Panel(PanelKind.Stat, "Bare", "", "furlongs", []),
            Panel.Lines("Lines", "Legend.", Unit.Count, ("{{flavor}}", PromQl.Sum(Catalogue.Gpus))));
        wrong["templating"]!["list"]!.AsArray().RemoveAt(0);
        Assert.Equal(
        [
            "wrong: it lacks the variable datasource of Prometheus",
            "wrong: panel \"Bare\": it lacks a description",
            "wrong: panel \"Bare\": it has no query",
            "wrong: panel \"Bare\": it has the unit 'furlongs'; one of short, none, percentunit, s, ms, h, bytes, Bps, "
                + "ops, opm, reqps is due",
            "wrong: panel \"Lines\": the legend names the label flavor, which the query does not keep",
        ], await Problems([wrong]));
    }

    [Fact]
    public async Task Panels_that_cover_each_other_or_share_an_id_are_named()
    {
        Assert.SkipWhen(PromQlParser.Missing is not null, PromQlParser.Missing ?? "");
        var panel = Panel.Lines("Twice", "The same panel twice.", Unit.Count, PromQl.Sum(Catalogue.Gpus));
        var wrong = Make(panel, panel);
        wrong["panels"]![2]!["gridPos"]!["x"] = 4;
        Assert.Equal(
        [
            "wrong: panel \"Twice\": it covers another panel or leaves the grid",
            "wrong: the panels Twice, Twice have one id",
        ], await Problems([wrong]));
    }

    [Fact]
    public void Panels_fill_the_lines_of_their_row_and_small_ones_come_first()
    {
        var row = new Row("Row",
        [
            .. Enumerable.Range(1, 5).Select(i => Panel.Lines($"large {i}", "", Unit.Count, "1")),
            Panel.Table("wide", "", Unit.Count, "1") with { IsWide = true },
            .. Enumerable.Range(1, 4).Select(i => Panel.Stat($"small {i}", "", Unit.Count, "1")),
        ]);
        var placed = Layout.Of(new Dashboard("layout", "Layout", "A dashboard of a test.", row)).Single().Panels.Select(
            each => $"{each.Panel.Title}: {each.Place.X},{each.Place.Y} {each.Place.Width}x{each.Place.Height}");
        Assert.Equal(
        [
            "small 1: 0,1 6x4", "small 2: 6,1 6x4", "small 3: 12,1 6x4", "small 4: 18,1 6x4",
            "large 1: 0,5 8x8", "large 2: 8,5 8x8", "large 3: 16,5 8x8", "large 4: 0,13 12x8", "large 5: 12,13 12x8",
            "wide: 0,21 24x8",
        ], placed);
    }

    [Fact]
    public void A_panel_keeps_its_id_when_others_come_and_go()
    {
        var panel = Panel.Stat("Kept", "", Unit.Count, "1");
        int IdIn(JsonNode dashboard) => DashboardLint.Panels(dashboard)
            .Single(each => DashboardLint.Text(each["title"]) == "Kept")["id"]!.GetValue<int>();
        Assert.Equal(IdIn(Make(panel)), IdIn(Make(panel with { Title = "New" }, panel)));
    }

    private static JsonNode Make(params IReadOnlyList<Panel> panels) => JsonNode.Parse(
        DashboardJson.Write(new Dashboard("wrong", "Wrong", "A dashboard of a test.", new Row("Row", panels))))!;

    private static IEnumerable<JsonNode> Shipped()
    {
        var repository = Sources.Repository();
        return repository.List("dashboards", ".json").Select(path => JsonNode.Parse(repository.Read(path))!);
    }

    private static IEnumerable<PanelQuery> Queries() =>
        from dashboard in Shipped()
        from panel in DashboardLint.Panels(dashboard)
        from target in DashboardLint.Targets(panel)
        select new PanelQuery(dashboard, panel, target);

    private static Task<IReadOnlyList<string>> Problems(IReadOnlyList<JsonNode> dashboards) =>
        new DashboardLint(new KnownSeries(Sources.Repository())).Check(dashboards);
}

using System.Text.RegularExpressions;
using Jobtree.Monitoring.Tests.Parsing;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Tests.Dashboards;

/// <summary>What a query of a panel must hold.</summary>
internal sealed partial class QueryLint(
    KnownSeries known, PanelQuery query, ParsedQuery parsed, List<string> problems)
{
    private static readonly string[] OfTargets = ["job", "instance"];

    public void Check()
    {
        if (parsed.Error is { } error)
        {
            Add($"'{query.Expression}' is no PromQL {error}");
            return;
        }

        CheckVariables();
        CheckLegend();
        for (var i = 0; i < parsed.Selectors.Count; i++)
        {
            if (known.Find(parsed.Selectors[i].Name) is { } series)
                CheckSelector(i, parsed.Selectors[i], series);
            else
                Add($"the series {parsed.Selectors[i].Name} is in no catalogue and made by no rule");
        }
    }

    private void CheckSelector(int index, Selector selector, Known series)
    {
        string[] needed = series.Source switch
        {
            SeriesSource.Silo => ["job", "instance"],
            SeriesSource.Rule => ["job"],
            _ => [],
        };
        foreach (var label in needed)
        {
            if (!selector.Matchers.Contains(new Matcher(label, "=~", $"${label}")))
                Add($"{selector.Name} lacks the matcher {label}=~\"${label}\"");
        }

        CheckWindow(selector, series);
        var groupings = parsed.Groupings.Where(grouping => grouping.Selectors.Contains(index)).ToList();
        if (selector.Window is not null && groupings.Count == 0)
            Add($"{selector.Name} is not aggregated: a ratio of single series divides each by itself");
        if (selector.Name.EndsWith("_bucket", StringComparison.Ordinal)
            && !groupings.Any(grouping => grouping.Labels?.Contains("le") ?? false))
            Add($"{selector.Name} is not grouped by le");
        CheckLabels(selector, series, groupings);
    }

    private void CheckWindow(Selector selector, Known series)
    {
        var isRate = selector.Call is "rate" or "increase";
        if (series.Type == MetricType.Counter && !isRate)
            Add($"{selector.Name} is a counter and needs rate or increase");
        if (series.Type == MetricType.Gauge && isRate)
            Add($"{selector.Name} is a gauge and has no {selector.Call}");
        if (selector.Window is { } window && !PanelQuery.IsOfVariable(window)
            && !query.Title.Contains(Spaced(window), StringComparison.Ordinal))
            Add($"{selector.Name} has the window {window}: use $__rate_interval, or name the window in the title");
    }

    private void CheckLabels(Selector selector, Known series, List<Grouping> groupings)
    {
        if (series.Labels is null)
            return;
        var labels = series.Labels.Concat(OfTargets).ToHashSet();
        foreach (var matcher in selector.Matchers.Where(matcher => !labels.Contains(matcher.Label)))
            Add($"{selector.Name} has no label {matcher.Label}");
        // The labels of an aggregation over several series may come from any of them.
        foreach (var grouping in groupings.Where(grouping => grouping.Selectors.Count == 1))
        {
            foreach (var label in grouping.Labels?.Where(label => !labels.Contains(label)) ?? [])
                Add($"{selector.Name} has no label {label}");
        }
    }

    private void CheckVariables()
    {
        var defined = query.Dashboard["templating"]!["list"]!.AsArray()
            .Select(variable => DashboardLint.Text(variable!["name"])).ToHashSet();
        foreach (Match used in Variable().Matches(query.Expression))
        {
            var name = used.Groups[1].Value;
            if (!defined.Contains(name) && name is not ("__rate_interval" or "__range"))
                Add($"the variable ${name} is not defined");
        }
    }

    private void CheckLegend()
    {
        var kept = parsed.Groupings.SelectMany(grouping => grouping.Labels ?? []).ToHashSet();
        foreach (Match label in LegendLabel().Matches(query.Legend))
        {
            if (!kept.Contains(label.Groups[1].Value))
                Add($"the legend names the label {label.Groups[1].Value}, which the query does not keep");
        }
    }

    private void Add(string problem) => problems.Add($"{query.Name}: {problem}");

    private static string Spaced(string window) => $"{window[..^1]} {window[^1]}";

    [GeneratedRegex(@"\$(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LegendLabel();
}

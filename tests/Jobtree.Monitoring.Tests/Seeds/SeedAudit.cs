using System.Text.RegularExpressions;
using Jobtree.Monitoring.Tests.Logs;
using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Seeds;

/// <summary>What of the documents is promised and not there. Each finding begins with the row.</summary>
/// <param name="rows">The rows of <c>docs/seeds.md</c>.</param>
/// <param name="world">What there is.</param>
internal sealed partial class SeedAudit(IReadOnlyList<SeedRow> rows, ISeedWorld world)
{
    private static readonly HashSet<string> Data = ["always", "load", "executor", "collected"];

    /// <summary>Everything that is wrong.</summary>
    public async Task<IReadOnlyList<string>> Findings() =>
    [
        .. rows.GroupBy(row => row.Id).Where(group => group.Count() > 1)
            .Select(group => Finding(group.First(), "the row is there twice.")),
        .. rows.SelectMany(row => Row(row).Select(text => Finding(row, text))),
        .. await Queries(),
        .. await LogQueries(),
    ];

    private static string Finding(SeedRow row, string text) => $"{SeedTable.Path}, row {row.Id}: {text}";

    private IEnumerable<string> Row(SeedRow row) =>
    [
        .. row.Where.Where(path => world.Text(path) is null).Select(path => $"{path} does not exist."),
        .. row.Where.Count == 0 && row.Kind != "open" ? (string[])["it does not say where."] : [],
        .. row.Kind switch
        {
            "metric" => Metric(row),
            "promql" or "shorthand" => Known(row),
            "logql" => [],
            "panel" => row.Stands.Where(panel => !world.HasPanel(panel)).Select(panel => $"there is no panel {panel}."),
            "alert" => row.Stands.Count == 1 && row.Where.Any(path => world.HasAlert(path, row.Stands[0]))
                ? [] : [$"{string.Join(", ", row.Where)} has no alert {string.Join(", ", row.Stands)}."],
            "command" => CommandLines.Problems(row.Item),
            "file" => [],
            "open" => Issue().IsMatch(row.Why) ? [] : ["it does not name the issue that will build it."],
            "setting" or "retention" or "log" or "trace" or "behaviour" => Words(row),
            _ => [$"the kind {row.Kind} is not known."],
        },
    ];

    private IEnumerable<string> Metric(SeedRow row)
    {
        var item = Name().Match(row.Item);
        var (name, labels) = (item.Groups[1].Value, item.Groups[2].Value);
        if (!world.IsSeries(name))
            yield return $"nothing emits or records {name}.";
        foreach (var source in row.Stands.Where(source => !world.IsSeries(source)))
            yield return $"nothing emits or records {source}.";
        var missing = labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Except(world.Labels(name));
        foreach (var label in missing)
            yield return $"{name} has no label {label}.";
        foreach (var finding in Known(row))
            yield return finding;
    }

    private static IEnumerable<string> Known(SeedRow row) => Data.Contains(row.Data)
        ? [] : [$"its data is {row.Data}, not one of {string.Join(", ", Data)}."];

    private IEnumerable<string> Words(SeedRow row) => row.Stands
        .Where(word => !row.Where.Any(path => world.Text(path)?.Contains(word, StringComparison.Ordinal) == true))
        .Select(word => $"{string.Join(", ", row.Where)} does not contain {word}.");

    private async Task<IEnumerable<string>> Queries()
    {
        var queries = rows.SelectMany(row => row.Kind switch
        {
            "promql" => row.Stands.Prepend(row.Item).Distinct().Select(query => (Row: row, Query: query)),
            "shorthand" => row.Stands.Select(query => (Row: row, Query: query)),
            _ => [],
        }).ToList();
        if (queries.Count == 0)
            return [];
        var parsed = await PromQlParser.Parse([.. queries.Select(each => each.Query)]);
        return queries.Zip(parsed).SelectMany(pair => pair.Second.Error is { } error
            ? [Finding(pair.First.Row, $"not PromQL: {pair.First.Query}: {error}")]
            : pair.Second.Selectors.Where(selector => !world.IsSeries(selector.Name))
                .Select(selector => Finding(pair.First.Row, $"nothing emits or records {selector.Name}.")));
    }

    private async Task<IEnumerable<string>> LogQueries()
    {
        var queries = rows.Where(row => row.Kind == "logql").ToList();
        if (queries.Count == 0 || !LogQuery.CanParse)
            return [];
        var parsed = await LogQuery.Parse(queries.Select(row => row.Item));
        return queries.Zip(parsed).SelectMany(pair => pair.Second.Error is { } error
            ? [Finding(pair.First, $"not LogQL: {error}")]
            : pair.Second.Matchers.Where(matcher => !pair.First.Stands.Contains(matcher.Name))
                .Select(matcher => Finding(pair.First, $"the label {matcher.Name} is not listed.")));
    }

    [GeneratedRegex(@"^([a-z_0-9]+)(?:\{([a-z_,]+)\})?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"issue \d+")]
    private static partial Regex Issue();
}

/// <summary>What there is for items to stand for.</summary>
internal interface ISeedWorld
{
    /// <summary>A file's text; absent if there is no such file.</summary>
    string? Text(string path);

    /// <summary>Whether something emits or records a series, or the parts of a histogram of this name.</summary>
    bool IsSeries(string name);

    /// <summary>The labels of a series, as far as tests or the catalogue show them.</summary>
    IReadOnlySet<string> Labels(string name);

    /// <summary>Whether a dashboard has a panel: <c>uid/title</c>.</summary>
    bool HasPanel(string panel);

    /// <summary>Whether a file of rules has an alert.</summary>
    bool HasAlert(string path, string alert);
}

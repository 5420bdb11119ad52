using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>
/// What a rule must have before it is shipped. Each finding begins with file, group and name of the rule.
/// </summary>
/// <param name="files">All files of rules: a rule may name what another one records.</param>
/// <param name="tests">The tests of them.</param>
/// <param name="isKnown">Whether a series is emitted.</param>
/// <param name="hasPage">Whether an alert has a page under <c>docs/runbooks</c>.</param>
internal sealed class RuleAudit(
    IReadOnlyList<RuleFile> files, RuleTests tests, Func<string, bool> isKnown, Func<string, bool> hasPage)
{
    /// <summary>Where the pages are that alerts refer to; whoever keeps them elsewhere replaces it.</summary>
    public const string RunbookUrl = "https://jobtree.dev/docs/runbooks/";

    private static readonly HashSet<string> Severities = ["critical", "warning"];

    private readonly List<Rule> rules = [.. files.SelectMany(file => file.Rules)];

    /// <summary>Everything that is wrong.</summary>
    public async Task<IReadOnlyList<string>> Findings() =>
    [
        .. rules.Where(rule => rule.IsAlert).SelectMany(Alert),
        .. rules.Where(rule => rule.IsAlert).GroupBy(rule => rule.Name).Where(group => group.Count() > 1)
            .Select(group => $"{group.Last().Place}: the name is that of another alert."),
        .. Strangers(),
        .. await Expressions(),
    ];

    private IEnumerable<string> Alert(Rule alert)
    {
        var severity = alert.Labels.GetValueOrDefault("severity", "none");
        if (!Severities.Contains(severity))
            yield return $"{alert.Place}: the severity is {severity}, not critical or warning.";
        if (alert.Labels.TryGetValue("page", out var page) && (page != "true" || severity != "critical"))
            yield return $"{alert.Place}: the label page is \"true\" on some critical alerts, and on no other.";
        foreach (var text in new[] { "summary", "description" })
        {
            if (string.IsNullOrWhiteSpace(alert.Annotations.GetValueOrDefault(text)))
                yield return $"{alert.Place}: it has no {text}.";
        }

        var address = $"{RunbookUrl}{alert.Name}.md";
        if (alert.Annotations.GetValueOrDefault("runbook_url") is var url && url != address)
            yield return $"{alert.Place}: the runbook_url is {url ?? "missing"}, not {address}.";
        if (!hasPage(alert.Name))
            yield return $"{alert.Place}: docs/runbooks/{alert.Name}.md does not exist.";
        if (!tests.Firing.Contains(alert.Name))
            yield return $"{alert.Place}: no test under alerts/tests has it fire.";
        if (!tests.Silent.Contains(alert.Name))
            yield return $"{alert.Place}: no test under alerts/tests has it stay silent throughout.";
    }

    // To promtool an alert that does not exist is one that does not fire.
    private IEnumerable<string> Strangers() => tests.Firing.Concat(tests.Silent).Distinct()
        .Except(rules.Where(rule => rule.IsAlert).Select(rule => rule.Name))
        .Select(name => $"alerts/tests: there is no alert {name}.");

    private async Task<IEnumerable<string>> Expressions()
    {
        // One process parses everything: starting it takes longer than its work.
        var parsed = await PromQlParser.Parse([.. rules.Select(rule => rule.Expression), .. tests.Queries]);
        return rules.Zip(parsed).SelectMany(pair => Expression(pair.First, pair.Second))
            .Concat(Untested(parsed.Skip(rules.Count)));
    }

    private IEnumerable<string> Expression(Rule rule, ParsedQuery query)
    {
        if (query.Error is { } error)
            return [$"{rule.Place}: the expression is not PromQL: {error}"];
        var recorded = rules.Where(each => !each.IsAlert).Select(each => each.Name).ToHashSet();
        return query.Selectors.Select(selector => selector.Name).Distinct()
            .Where(name => !recorded.Contains(name) && !isKnown(name))
            .Select(name => $"{rule.Place}: nothing emits or records the series {name}.");
    }

    private IEnumerable<string> Untested(IEnumerable<ParsedQuery> queries)
    {
        var queried = queries.SelectMany(query => query.Selectors).Select(selector => selector.Name).ToHashSet();
        return rules.Where(rule => !rule.IsAlert && !queried.Contains(rule.Name)).DistinctBy(rule => rule.Name)
            .Select(rule => $"{rule.Place}: no test under alerts/tests asks for its value.");
    }
}

using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>The shipped rules are complete, and the audit that says so finds what is wrong with others.</summary>
public sealed class RuleAuditTests
{
    private const string Path = "alerts/own.rules.yaml";

    [Fact]
    public async Task Every_shipped_rule_names_known_series_and_has_a_test_and_every_alert_a_page()
    {
        NeedParser();
        var repository = Sources.Repository();
        var known = new KnownSeries(repository);
        var audit = new RuleAudit(
            RuleFile.Shipped(repository), RuleTests.Shipped(repository), name => known.Find(name) is not null,
            alert => File.Exists(System.IO.Path.Combine(Sources.Root, $"docs/runbooks/{alert}.md")));
        var findings = string.Join('\n', await audit.Findings());
        Assert.True(findings.Length == 0, findings);
    }

    [Fact]
    public async Task A_complete_alert_has_no_finding() => Assert.Equal([], await Findings(Rules(), Tests));

    [Theory]
    [InlineData("severity: critical", "severity: loud", "the severity is loud, not critical or warning.")]
    [InlineData("severity: critical", "team: a", "the severity is none, not critical or warning.")]
    [InlineData("severity: critical", "severity: warning, page: \"true\"",
        "the label page is \"true\" on some critical alerts, and on no other.")]
    [InlineData("summary: Full.", "note: Full.", "it has no summary.")]
    [InlineData("description: Too full.", "description: \"\"", "it has no description.")]
    [InlineData("runbooks/Full.md", "runbooks/Empty.md",
        "the runbook_url is https://jobtree.dev/docs/runbooks/Empty.md, "
            + "not https://jobtree.dev/docs/runbooks/Full.md.")]
    [InlineData("known_ratio > 0.9", "unknown_ratio > 0.9", "nothing emits or records the series unknown_ratio.")]
    public async Task A_fault_of_an_alert_is_found_with_its_file_its_group_and_its_name(
        string right, string wrong, string finding)
    {
        var rules = Rules();
        Assert.Contains(right, rules);
        Assert.Contains(
            $"{Path}, group own, alert Full: {finding}", await Findings(rules.Replace(right, wrong), Tests));
    }

    [Fact]
    public async Task An_expression_that_is_not_PromQL_is_found() => Assert.Contains(
        await Findings(Rules().Replace("known_ratio > 0.9", "known_ratio >"), Tests),
        finding => finding.StartsWith(
            $"{Path}, group own, alert Full: the expression is not PromQL: ", StringComparison.Ordinal));

    [Fact]
    public async Task An_alert_without_page_or_test_is_found()
    {
        var missing = await Findings(Rules(), "tests: []", hasPage: false);
        Assert.Equal(
        [
            $"{Path}, group own, alert Full: docs/runbooks/Full.md does not exist.",
            $"{Path}, group own, alert Full: no test under alerts/tests has it fire.",
            $"{Path}, group own, alert Full: no test under alerts/tests has it stay silent throughout.",
            $"{Path}, group own, record own:known:ratio: no test under alerts/tests asks for its value.",
        ], missing);
    }

    [Fact]
    public async Task A_test_of_an_alert_that_does_not_exist_is_found()
    {
        var tests = Tests.Replace("alertname: Full, exp_alerts: []", "alertname: Fool, exp_alerts: []");
        Assert.Contains("alerts/tests: there is no alert Fool.", await Findings(Rules(), tests));
    }

    private static string Rules() => """
        groups:
          - name: own
            rules:
              - {record: "own:known:ratio", expr: known_ratio}
              - alert: Full
                expr: known_ratio > 0.9 and own:known:ratio > 0
                labels: {severity: critical}
                annotations:
                  summary: Full.
                  description: Too full.
                  runbook_url: https://jobtree.dev/docs/runbooks/Full.md
        """;

    private static string Tests => """
        tests:
          - alert_rule_test:
              - {eval_time: 1m, alertname: Full, exp_alerts: []}
              - {eval_time: 2m, alertname: Full, exp_alerts: [{exp_labels: {severity: critical}}]}
          - alert_rule_test:
              - {eval_time: 9m, alertname: Full, exp_alerts: []}
            promql_expr_test:
              - {expr: "sum(own:known:ratio)", eval_time: 1m, exp_samples: []}
        """;

    private static void NeedParser() => Assert.SkipUnless(PromQlParser.Missing is null, PromQlParser.Missing ?? "");

    private static async Task<IReadOnlyList<string>> Findings(string rules, string tests, bool hasPage = true)
    {
        NeedParser();
        var audit = new RuleAudit(
            [RuleFile.Read(Path, rules)], RuleTests.Read([tests]), name => name == "known_ratio", _ => hasPage);
        return await audit.Findings();
    }
}

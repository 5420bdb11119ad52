using YamlDotNet.RepresentationModel;

namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>What the unit tests of promtool cover.</summary>
/// <param name="Firing">Alerts that fire in some test.</param>
/// <param name="Silent">Alerts that some test is about and in which they never fire.</param>
/// <param name="Queries">The queries whose values are tested.</param>
internal sealed record RuleTests(
    IReadOnlySet<string> Firing, IReadOnlySet<string> Silent, IReadOnlyList<string> Queries)
{
    /// <summary>The tests of the repository.</summary>
    public static RuleTests Shipped(Repository repository) =>
        Read(repository.List("alerts/tests", ".test.yaml").Select(repository.Read));

    /// <summary>Reads files of tests.</summary>
    public static RuleTests Read(IEnumerable<string> files)
    {
        var (firing, silent, queries) = (new HashSet<string>(), new HashSet<string>(), new List<string>());
        foreach (var test in files.SelectMany(Cases))
        {
            queries.AddRange(test.Nodes("promql_expr_test").Select(check => check.Text("expr")!));
            foreach (var alert in test.Nodes("alert_rule_test").GroupBy(check => check.Text("alertname")!))
                (alert.Any(check => check.Nodes("exp_alerts").Any()) ? firing : silent).Add(alert.Key);
        }

        return new RuleTests(firing, silent, queries);
    }

    private static IEnumerable<YamlNode> Cases(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return yaml.Documents[0].RootNode.Nodes("tests");
    }
}

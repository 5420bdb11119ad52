using YamlDotNet.RepresentationModel;

namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>A file of recording rules and alerts.</summary>
/// <param name="Path">Where it is, from the root of the repository.</param>
/// <param name="Rules">Its rules in order.</param>
internal sealed record RuleFile(string Path, IReadOnlyList<Rule> Rules)
{
    /// <summary>The files of the repository.</summary>
    public static IReadOnlyList<RuleFile> Shipped(Repository repository) =>
        [.. repository.List("alerts", ".rules.yaml").Select(path => Read(path, repository.Read(path)))];

    /// <summary>Reads a file.</summary>
    public static RuleFile Read(string path, string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var groups = yaml.Documents[0].RootNode["groups"].Nodes();
        return new RuleFile(path,
            [.. groups.SelectMany(group => group["rules"].Nodes().Select(rule => ReadRule(path, group, rule)))]);
    }

    private static Rule ReadRule(string path, YamlNode group, YamlNode rule)
    {
        var (alert, record) = (rule.Text("alert"), rule.Text("record"));
        return new Rule(
            alert ?? record ?? throw new FormatException($"{path}: a rule has neither alert nor record."),
            IsAlert: alert is not null,
            $"{path}, group {group.Text("name")}, {(alert is null ? "record" : "alert")} {alert ?? record}",
            rule.Text("expr") ?? "", rule.Texts("labels"), rule.Texts("annotations"));
    }
}

/// <summary>One rule.</summary>
/// <param name="Name">The alert, or the series that is recorded.</param>
/// <param name="IsAlert">Whether it is an alert.</param>
/// <param name="Place">File, group and name, for messages.</param>
/// <param name="Expression">The query.</param>
/// <param name="Labels">The labels that it adds.</param>
/// <param name="Annotations">What an alert says.</param>
internal sealed record Rule(
    string Name, bool IsAlert, string Place, string Expression,
    IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);

/// <summary>Reading of YAML nodes.</summary>
internal static class YamlNodes
{
    /// <summary>The nodes of a list.</summary>
    public static IEnumerable<YamlNode> Nodes(this YamlNode list) => ((YamlSequenceNode)list).Children;

    /// <summary>The list under a key; empty if there is none.</summary>
    public static IEnumerable<YamlNode> Nodes(this YamlNode map, string key) =>
        ((YamlMappingNode)map).Children.TryGetValue(key, out var list) ? list.Nodes() : [];

    /// <summary>The text under a key.</summary>
    public static string? Text(this YamlNode map, string key) =>
        ((YamlMappingNode)map).Children.TryGetValue(key, out var node) ? ((YamlScalarNode)node).Value : null;

    /// <summary>The map of texts under a key; empty if there is none.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this YamlNode map, string key) =>
        ((YamlMappingNode)map).Children.TryGetValue(key, out var node)
            ? ((YamlMappingNode)node).Children.ToDictionary(
                each => ((YamlScalarNode)each.Key).Value!, each => ((YamlScalarNode)each.Value).Value ?? "")
            : new Dictionary<string, string>();
}

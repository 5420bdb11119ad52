using System.Text.Json;
using System.Text.RegularExpressions;
using Jobtree.Monitoring.Tests.Alerts;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Tests.Seeds;

/// <summary>What the repository has.</summary>
internal sealed partial class ShippedWorld(Repository repository) : ISeedWorld
{
    private readonly KnownSeries known = new(repository);
    private readonly ILookup<string, string> alerts = RuleFile.Shipped(repository)
        .SelectMany(file => file.Rules.Where(rule => rule.IsAlert).Select(rule => (file.Path, rule.Name)))
        .ToLookup(each => each.Path, each => each.Name);

    private readonly Lazy<HashSet<string>> panels = new(() => Panels(repository));
    private readonly Lazy<ILookup<string, string>> recordedLabels = new(() => RecordedLabels(repository));

    public string? Text(string path) =>
        File.Exists(Path.Combine(Sources.Root, path)) ? repository.Read(path) : null;

    public bool IsSeries(string name) =>
        known.Find(name) is not null || known.Find($"{name}_bucket") is not null;

    public IReadOnlySet<string> Labels(string name)
    {
        var emitted = Catalogue.All.Where(metric => metric.Name == name).SelectMany(metric => metric.Labels);
        return emitted.Concat(recordedLabels.Value[name]).Concat(recordedLabels.Value[$"{name}_bucket"]).ToHashSet();
    }

    public bool HasPanel(string panel) => panels.Value.Contains(panel);

    public bool HasAlert(string path, string alert) => alerts[path].Contains(alert);

    private static HashSet<string> Panels(Repository repository) =>
    [
        .. repository.List("dashboards", ".json").SelectMany(path =>
        {
            using var dashboard = JsonDocument.Parse(repository.Read(path));
            var uid = dashboard.RootElement.GetProperty("uid").GetString();
            return dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Select(panel => $"{uid}/{panel.GetProperty("title").GetString()}").ToList();
        }),
    ];

    /// <summary>The labels that promtool's tests of the recorded series show, by name.</summary>
    private static ILookup<string, string> RecordedLabels(Repository repository)
    {
        var text = Fold().Replace(repository.Read("alerts/tests/recorded.test.yaml"), " ");
        return Series().Matches(text).SelectMany(match => Label().Matches(match.Groups[2].Value)
                .Select(label => (Name: match.Groups[1].Value, Label: label.Groups[1].Value)))
            .Distinct().ToLookup(each => each.Name, each => each.Label);
    }

    [GeneratedRegex(@"\n\s+")]
    private static partial Regex Fold();

    [GeneratedRegex(@"- labels: (?:>- |')([a-z_0-9:]+)\{([^}]*)\}")]
    private static partial Regex Series();

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex Label();
}

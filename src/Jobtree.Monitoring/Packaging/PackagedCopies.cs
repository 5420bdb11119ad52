using System.Text;

namespace Jobtree.Monitoring.Packaging;

/// <summary>
/// The copies of dashboards and rules that the Helm chart, kustomize and Terraform need below their own folders: none
/// of the three reads files outside.
/// </summary>
internal static class PackagedCopies
{
    private const string Chart = "deploy/helm/jobtree/files";
    private const string Kustomize = "deploy/kustomize/monitoring";
    private const string Terraform = "deploy/terraform";
    private const string Dashboard = ".json";
    private const string Rules = ".rules.yaml";

    /// <summary>Makes the copies.</summary>
    /// <param name="repository">Where the sources are that are written by hand.</param>
    /// <param name="generated">Sources that are made themselves; they may not be written yet.</param>
    public static IEnumerable<GeneratedFile> Of(Repository repository, IReadOnlyList<GeneratedFile> generated)
    {
        var dashboards = Sources(repository, generated, "dashboards", Dashboard);
        var rules = Sources(repository, generated, "alerts", Rules);
        foreach (var (name, content) in dashboards)
        {
            yield return new($"{Chart}/dashboards/{name}{Dashboard}", content);
            yield return new($"{Kustomize}/dashboards/{name}{Dashboard}", content);
            yield return new($"{Terraform}/dashboards/{name}{Dashboard}", content);
        }

        foreach (var (name, content) in rules)
        {
            yield return new($"{Chart}/rules/{name}{Rules}", content);
            yield return new($"{Kustomize}/rules/{name}{Rules}", PrometheusRule(name, content));
            yield return new($"{Terraform}/rules/{name}{Rules}", content);
        }

        yield return new($"{Kustomize}/kustomization.yaml", Kustomization(dashboards.Keys, rules.Keys));
        foreach (var manifest in RenderedManifests.Of(repository))
            yield return manifest;
    }

    /// <summary>Copies on disk whose source is gone.</summary>
    /// <param name="repository">Where they are.</param>
    /// <param name="current">The copies that there should be.</param>
    public static IEnumerable<string> Orphans(Repository repository, IEnumerable<GeneratedFile> current)
    {
        var known = current.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return new[] { Chart, Kustomize, Terraform }
            .SelectMany(folder => Listed(repository, $"{folder}/dashboards", Dashboard)
                .Concat(Listed(repository, $"{folder}/rules", Rules)))
            .Where(path => !known.Contains(path));
    }

    private static SortedDictionary<string, string> Sources(
        Repository repository, IReadOnlyList<GeneratedFile> generated, string folder, string ending)
    {
        var sources = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Listed(repository, folder, ending))
            sources[Name(path, ending)] = repository.Read(path);
        foreach (var file in generated.Where(file => file.Path.StartsWith($"{folder}/", StringComparison.Ordinal)
            && file.Path.EndsWith(ending, StringComparison.Ordinal)))
            sources[Name(file.Path, ending)] = file.Content;
        return sources;
    }

    private static IReadOnlyList<string> Listed(Repository repository, string folder, string ending) =>
        repository.HasFolder(folder) ? repository.List(folder, ending) : [];

    private static string Name(string path, string ending) => Path.GetFileName(path)[..^ending.Length];

    private static string PrometheusRule(string name, string rules)
    {
        var text = new StringBuilder(
            $"""
            # Made from alerts/{name}{Rules} by ./jobtree monitoring generate.
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata:
              name: jobtree-{name}
            spec:

            """);
        foreach (var line in rules.TrimEnd('\n').Split('\n'))
            text.Append(line.Length == 0 ? "" : "  ").Append(line).Append('\n');
        return text.ToString();
    }

    private static string Kustomization(IEnumerable<string> dashboards, IEnumerable<string> rules)
    {
        var text = new StringBuilder(
            """
            # Made by ./jobtree monitoring generate.
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            labels:
              - pairs:
                  app.kubernetes.io/managed-by: kustomize
            resources:
              - service-monitor.yaml

            """);
        foreach (var name in rules)
            text.Append($"  - rules/{name}{Rules}\n");
        text.Append(
            """
            # One each: a ConfigMap holds 1 MiB at most.
            configMapGenerator:

            """);
        foreach (var name in dashboards)
            text.Append($"  - name: jobtree-dashboard-{name}\n    files: [dashboards/{name}{Dashboard}]\n");
        text.Append(
            """
            generatorOptions:
              disableNameSuffixHash: true
              labels:
                grafana_dashboard: "1"
              annotations:
                grafana_folder: Jobtree

            """);
        return text.ToString();
    }
}

using System.Diagnostics;

namespace Jobtree.Monitoring.Packaging;

/// <summary>
/// The manifests of the kustomize base, rendered from the Helm chart, so that both install the same. Made only where
/// the tools of <c>./jobtree test</c> have been installed; elsewhere the files stay as they are.
/// </summary>
internal static class RenderedManifests
{
    /// <summary>Where most of them are.</summary>
    public const string Folder = "deploy/kustomize/base";

    private const string Chart = "deploy/helm/jobtree";

    // The kinds of the Prometheus operator have a kustomization of their own: a cluster may lack them.
    private static readonly string[] Silos =
    [
        "--set", "monitoring.enabled=true,serviceMonitor.enabled=false,prometheusRule.enabled=false",
        "--set", "grafanaDashboards.enabled=false",
    ];
    private static readonly string[] ServiceMonitor =
        ["--set", "monitoring.enabled=true", "--show-only", "templates/servicemonitor.yaml"];

    /// <summary>Renders them; empty if there is no helm.</summary>
    /// <exception cref="InvalidOperationException">Helm refuses the chart; the message is helm's.</exception>
    public static IEnumerable<GeneratedFile> Of(Repository repository)
    {
        if (KubernetesTools.Find(repository) is not { } tools || !repository.HasFolder(Chart))
            return [];
        return
        [
            new($"{Folder}/silos.yaml", Render(repository, tools, Silos)),
            new("deploy/kustomize/monitoring/service-monitor.yaml", Render(repository, tools, ServiceMonitor)),
        ];
    }

    private static string Render(Repository repository, KubernetesTools tools, string[] options)
    {
        using var helm = Process.Start(new ProcessStartInfo(
            tools.Helm, ["template", "jobtree", Chart, "--namespace", "jobtree", .. options])
        {
            WorkingDirectory = repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var refusal = helm.StandardError.ReadToEndAsync();
        var manifests = helm.StandardOutput.ReadToEnd();
        helm.WaitForExit();
        if (helm.ExitCode != 0)
            throw new InvalidOperationException($"helm template {Chart}: {refusal.Result}");
        return "# Rendered from deploy/helm/jobtree by ./jobtree monitoring generate.\n"
            + string.Join('\n', manifests.Split('\n').Where(
                line => !line.StartsWith("# Source:", StringComparison.Ordinal)));
    }
}

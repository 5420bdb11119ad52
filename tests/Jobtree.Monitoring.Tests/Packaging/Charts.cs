using System.Collections.Concurrent;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>Renders the Helm chart.</summary>
internal static class Charts
{
    public const string Path = "deploy/helm/jobtree";

    // Tests only read what they get, so each rendering is made and parsed once.
    private static readonly ConcurrentDictionary<string, Task<Manifests>> Rendered = new(StringComparer.Ordinal);

    /// <summary>Arguments of helm for a file of values.</summary>
    public static string[] Values(string file) => ["-f", file];

    /// <summary>Arguments of helm for single values.</summary>
    public static string[] Set(params string[] values) => [.. values.SelectMany(value => new[] { "--set", value })];

    public static Task<ToolResult> TryRender(params IEnumerable<string> arguments) =>
        Tools.Helm(["template", "jobtree", Path, "--namespace", "fleet", .. arguments]);

    public static Task<Manifests> Render(params IEnumerable<string> arguments)
    {
        Tools.NeedKubernetes();
        string[] all = [.. arguments];
        return Rendered.GetOrAdd(string.Join('\n', all), async _ => Manifests.Read((await TryRender(all)).Succeeded()));
    }
}

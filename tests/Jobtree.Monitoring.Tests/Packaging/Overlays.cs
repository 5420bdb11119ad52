using System.Collections.Concurrent;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>Builds the overlays of kustomize.</summary>
internal static class Overlays
{
    private static readonly ConcurrentDictionary<string, Task<Manifests>> Built = new(StringComparer.Ordinal);

    public static Task<Manifests> Build(string name)
    {
        Tools.NeedKubernetes();
        return Built.GetOrAdd(name, async _ =>
            Manifests.Read((await Tools.Kustomize($"deploy/kustomize/{name}")).Succeeded()));
    }
}

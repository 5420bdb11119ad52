using Jobtree.Cli.Manifests;
using Jobtree.Manifests;

namespace Jobtree.Cli.Output;

/// <summary>Manifests that can be saved, edited and applied again: multi-document YAML, or JSON.</summary>
/// <param name="manifests">The manifests.</param>
/// <param name="single">Whether there is always exactly one, so that JSON needs no list.</param>
internal sealed class ManifestData(IReadOnlyList<Manifest> manifests, bool single = false) : IReportData
{
    public string Json() => IndentedJson.Write(writer =>
    {
        if (single)
            ManifestWriter.WriteJson(writer, manifests[0]);
        else
            ManifestWriter.WriteJsonList(writer, manifests);
    });

    public string Yaml() => ManifestText.WriteYaml(manifests);
}

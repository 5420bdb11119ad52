using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes <c>metadata</c>. Fields that a Kubernetes API server adds are skipped, so that exported objects load.
/// </summary>
internal static class MetadataReader
{
    private const int LabelsMax = 64;

    /// <summary>Reads the metadata of a kind whose objects are identified by name.</summary>
    public static Metadata Named(FieldReader metadata) => Read(metadata, metadata.Required("name", Forms.Name));

    /// <summary>
    /// Reads the metadata of a kind whose objects may give a name prefix for the fleet to complete. The name is then
    /// that prefix.
    /// </summary>
    public static (Metadata Metadata, bool GeneratesName) NamedOrGenerated(FieldReader metadata)
    {
        if (metadata.Has("name") || !metadata.Has("generateName"))
        {
            // As in a Kubernetes API server, an explicit name takes precedence.
            metadata.Ignore("generateName");
            return (Named(metadata), false);
        }
        return (Read(metadata, metadata.Required("generateName", Forms.NamePrefix)), true);
    }

    /// <summary>
    /// Reads the metadata of a kind whose objects are identified by their contents; a name is allowed but has no
    /// meaning.
    /// </summary>
    public static Metadata Unnamed(FieldReader metadata) => Read(metadata, metadata.Optional("name", Forms.Name) ?? "");

    private static Metadata Read(FieldReader metadata, string name)
    {
        var read = new Metadata
        {
            Name = name,
            Namespace = metadata.Optional("namespace", Forms.Namespace),
            Labels = metadata.OptionalMap("labels", LabelsMax, Forms.LabelKey, Forms.LabelValue),
        };
        metadata.Ignore("annotations", "creationTimestamp", "finalizers", "generation", "managedFields",
            "ownerReferences", "resourceVersion", "uid");
        return read;
    }
}

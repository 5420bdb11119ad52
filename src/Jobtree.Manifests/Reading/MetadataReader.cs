using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes <c>metadata</c>. What a Kubernetes API server adds to an object is passed over, so that exported objects
/// load.
/// </summary>
internal static class MetadataReader
{
    private const int LabelsMax = 64;

    /// <summary>The metadata of a kind whose objects are known by name.</summary>
    public static Metadata Named(FieldReader metadata) => Read(metadata, metadata.Required("name", Forms.Name));

    /// <summary>
    /// The metadata of a kind whose objects may leave it to the fleet to complete their name: then the name is its
    /// beginning.
    /// </summary>
    public static (Metadata Metadata, bool GeneratesName) NamedOrGenerated(FieldReader metadata)
    {
        if (metadata.Has("name") || !metadata.Has("generateName"))
        {
            // As a Kubernetes API server does: a name that is given stands.
            metadata.Ignore("generateName");
            return (Named(metadata), false);
        }
        return (Read(metadata, metadata.Required("generateName", Forms.NamePrefix)), true);
    }

    /// <summary>
    /// The metadata of a kind whose objects are known by what they hold; a name is allowed and means nothing.
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

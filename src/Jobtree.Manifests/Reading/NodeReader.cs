using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes documents of kind Node.</summary>
internal static class NodeReader
{
    private static readonly Form<int> Gpus = Forms.Whole(1, Node.GpusMax);
    private static readonly Form<NodeState> State = Forms.OneOf(Vocabulary.NodeStates);

    public static NodeManifest Read(FieldReader document)
    {
        var metadata = document.Section("metadata", MetadataReader.Named);
        document.Check(metadata.Namespace is null, "metadata.namespace",
            "is not allowed: a Node belongs to the fleet, not to a namespace");
        var node = document.Section("spec", spec => new Node
        {
            Name = metadata.Name,
            Labels = metadata.Labels ?? Node.EmptyLabels,
            Flavor = spec.Required("flavor", Forms.Flavor),
            Gpus = spec.Required("gpus", Gpus),
            State = spec.Or("state", State, NodeState.Ready),
        });
        document.Ignore("status");
        return new NodeManifest(node);
    }
}

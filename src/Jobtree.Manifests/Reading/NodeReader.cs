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
            // Older manifests state it here; newer ones state it under status.
            State = spec.Or("state", State, NodeState.Ready),
        });
        var status = document.OptionalSection("status", ReadStatus);
        return new NodeManifest(status is null ? node : node with { State = status.State, StateSet = status.Set,
            EmptyBy = status.EmptyBy });
    }

    private static Status ReadStatus(FieldReader status)
    {
        var state = status.Or("state", State, NodeState.Ready);
        var (by, since) = (status.Optional("by", Forms.Line), status.OptionalValue("since", Forms.Time));
        var reason = status.Optional("reason", Forms.Line);
        var emptyBy = status.OptionalValue("emptyBy", Forms.Time);
        status.Check(emptyBy is null || state == NodeState.Draining, "emptyBy",
            $"is given with the state Draining only, not with {state}");
        status.IgnoreOthers(); // Fields that another API server reports for a node.
        return new Status(
            state, emptyBy, by is null || since is null ? null : new NodeStateChange(by, since.Value, reason));
    }

    private sealed record Status(NodeState State, DateTimeOffset? EmptyBy, NodeStateChange? Set);
}

using System.Globalization;
using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Writing;

/// <summary>
/// Writes a manifest as a document of its kind. The order of fields here is their order in every file.
/// </summary>
internal static class DocumentWriter
{
    public static void Write(IManifestSink sink, Manifest manifest)
    {
        sink.StartObject();
        switch (manifest)
        {
            case NodeManifest node:
                Head(sink, "Node", node.Node.Name, null, node.Node.Labels.Count == 0 ? null : node.Node.Labels);
                sink.Section("spec", node.Node, WriteNode);
                sink.Section("status", HasDefaultState(node.Node) ? null : node.Node, WriteNodeState);
                break;
            case BudgetManifest budget:
                Head(sink, "Budget", budget.Budget.Name, budget.Budget.Namespace, null);
                sink.Section("spec", budget.Budget, BudgetWriter.Write);
                break;
            case RunManifest run:
                Head(sink, "Run", run.Key.Name, run.Key.Namespace, run.Labels, run.GeneratesName);
                sink.Section("spec", run.Spec, RunWriter.WriteSpec);
                sink.Section("status", run.Status, RunWriter.WriteStatus);
                break;
            case ReservationManifest reservation:
                Head(sink, "Reservation", reservation.Reservation.Run.Name, reservation.Reservation.Run.Namespace,
                    null);
                LedgerWriter.Write(sink, reservation.Reservation);
                break;
            case LeaseManifest lease:
                Head(sink, "Lease", string.Create(CultureInfo.InvariantCulture, $"lease-{lease.Lease.Id}"),
                    lease.Lease.Run.Namespace, null);
                LedgerWriter.Write(sink, lease);
                break;
            case FlavorManifest flavor:
                Head(sink, "Flavor", flavor.Past.Flavor, null, null);
                sink.Section("status", flavor.Past, FlavorWriter.Write);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(manifest), manifest.GetType(), "Not a kind of manifest.");
        }
        sink.EndObject();
    }

    private static void Head(
        IManifestSink sink, string kind, string name, string? home, IReadOnlyDictionary<string, string>? labels,
        bool generatesName = false)
    {
        sink.Field("apiVersion", ManifestWriter.ApiVersion);
        sink.Field("kind", kind);
        sink.Name("metadata");
        sink.StartObject();
        sink.Field(generatesName ? "generateName" : "name", name);
        sink.Field("namespace", home);
        sink.Map("labels", labels);
        sink.EndObject();
    }

    private static void WriteNode(IManifestSink sink, Node node)
    {
        sink.Field("flavor", node.Flavor);
        sink.Field("gpus", node.Gpus);
    }

    private static bool HasDefaultState(Node node) => node is { State: NodeState.Ready, StateSet: null };

    private static void WriteNodeState(IManifestSink sink, Node node)
    {
        sink.Field("state", Vocabulary.NodeStates[node.State]);
        sink.Field("emptyBy", node.EmptyBy);
        sink.Field("reason", node.StateSet?.Reason);
        sink.Field("by", node.StateSet?.By);
        sink.Field("since", node.StateSet?.Since);
    }
}

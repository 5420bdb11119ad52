using Jobtree.Manifests;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Cli.State;

/// <summary>The documents of a state file by kind, each unique.</summary>
internal sealed record StateDocuments
{
    /// <summary>The nodes by name.</summary>
    public required IReadOnlyDictionary<string, Node> Nodes { get; init; }

    /// <summary>The budgets in name order.</summary>
    public required IReadOnlyList<Budget> Budgets { get; init; }

    /// <summary>What the flavors know of their past, by flavor; a hand-written file has none.</summary>
    public required IReadOnlyDictionary<string, FlavorPast> Pasts { get; init; }

    /// <summary>The runs in the order of the file.</summary>
    public required IReadOnlyList<RunManifest> Runs { get; init; }

    /// <summary>The open leases by run.</summary>
    public required ILookup<RunKey, Lease> Open { get; init; }

    /// <summary>The leases that have ended.</summary>
    public required IReadOnlyList<LeaseManifest> Ended { get; init; }

    /// <summary>The pending reservations by run.</summary>
    public required IReadOnlyDictionary<RunKey, Reservation> Reservations { get; init; }

    /// <summary>Every flavor that a node, an envelope or a run names, in order.</summary>
    public IReadOnlyList<string> Flavors() =>
    [
        .. Nodes.Values.Select(node => node.Flavor)
            .Concat(Pasts.Keys)
            .Concat(Budgets.SelectMany(budget => budget.Envelopes).Select(envelope => envelope.Flavor))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The owner of a run: its declared owner, or else the default of its namespace.</summary>
    public string OwnerOf(RunManifest run) => run.Spec.Owner ?? DefaultOwner.Of(run.Key.Namespace, Budgets);
}

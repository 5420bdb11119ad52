using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>A flavor whose runs lie where a test puts them, and whose nodes fail.</summary>
internal sealed class FailureBench
{
    private readonly LedgerBench bench = new();

    public FlavorState State => bench.State;

    public void Node(string name, int gpus, string domain = "d0", string? rack = null) => bench.Record(new LedgerEntry
    {
        At = bench.Now,
        Nodes = [new Node { Name = name, Flavor = "H100", Gpus = gpus,
            Labels = new Dictionary<string, string>
            {
                [NodeLabels.FabricDomain] = domain,
                [NodeLabels.Rack] = rack ?? domain,
            } }],
    });

    public void Budget(string owner, int gpus) => bench.Budget(owner, gpus);

    /// <summary>Starts a run on leases of its own choice.</summary>
    public void Start(Demand demand, params OpeningLease[] leases) => bench.Record(new LedgerEntry
    {
        At = bench.Now,
        Open = new Opening { Demand = demand, Reason = LeaseStartReason.Start, FirstLease = State.NextLease,
            Leases = [.. leases.Select((lease, chunk) => lease with { Chunk = chunk })] },
    });

    /// <summary>A node is fenced a minute later.</summary>
    public LedgerEntry Fence(string node)
    {
        bench.Now += TimeSpan.FromMinutes(1);
        return bench.Record(NodeFailurePlan.Of(
            State, State.Fleet.Find(node)! with { State = NodeState.Fenced }, bench.Now));
    }

    /// <summary>A run is to have another width.</summary>
    public LedgerEntry Resize(RunKey run, int desired) =>
        bench.Record(Elasticity.SetWidth(State, State.Running[run], desired, bench.Now));

    public static Demand Run(string name, int gpus, string owner = "nobody") =>
        new() { Run = new RunKey("ns", name), Owner = owner, Gpus = gpus, SubmittedAt = LedgerBench.Epoch };

    public static OpeningLease Active(int group, params string[] slots) => Lease(LeaseRole.Active, group, slots);

    public static OpeningLease Spare(int group, params string[] slots) => Lease(LeaseRole.Spare, group, slots);

    private static OpeningLease Lease(LeaseRole role, int group, string[] slots) => new()
    {
        Group = group,
        Role = role,
        Slots = [.. slots.Select(text => NodeSlots.TryParse(text, out var here) ? here
            : throw new FormatException(text))],
    };
}

using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Draws nodes, budgets and runs.</summary>
/// <param name="draws">The draws.</param>
internal sealed class SettingDraws(Draws draws)
{
    /// <summary>The flavors; most of what happens is in the first.</summary>
    public static readonly string[] Flavors = ["H100", "A10"];

    /// <summary>The owners: a family of four, and a stranger who may borrow.</summary>
    public static readonly string[] Owners = ["org", "org:a", "org:b", "org:a:x", "ext"];

    private const int NodesMax = 6;
    private const string Root = "org";

    /// <summary>Two to six nodes in one or two domains.</summary>
    public IReadOnlyList<Node> Nodes()
    {
        var (count, domains) = (draws.Between(2, NodesMax), draws.Between(1, 2));
        return [.. Enumerable.Range(0, count).Select(i => NodeOf(i, domains))];
    }

    /// <summary>A node that may be added later.</summary>
    public Node NodeOf(int index, int domains) => new()
    {
        Name = $"n{index}",
        Flavor = draws.Hits(0.1) && index > 1 ? Flavors[1] : Flavors[0],
        Gpus = draws.Of(2, 4, 8),
        Labels = new Dictionary<string, string>
        {
            [NodeLabels.FabricDomain] = $"d{(index % domains).ToString(CultureInfo.InvariantCulture)}",
            [NodeLabels.Rack] = $"r{(index / domains / 2).ToString(CultureInfo.InvariantCulture)}",
        },
    };

    /// <summary>A budget for each owner, now and then without one.</summary>
    public IReadOnlyList<Budget> Budgets() =>
        [.. Owners.Where(owner => owner == Root || draws.Hits(0.75)).Select(BudgetOf)];

    /// <summary>A budget of an owner.</summary>
    public Budget BudgetOf(string owner)
    {
        var envelopes = Enumerable.Range(0, draws.Between(1, 2)).Select(Envelope).ToArray();
        string[] capped = [.. envelopes.Where(envelope => envelope.Flavor == Flavors[0])
            .Select(envelope => envelope.Name)];
        AggregateCap[] caps = draws.Hits(0.2) ? [new AggregateCap { Name = "cap", Flavor = Flavors[0],
            Envelopes = capped, MaxConcurrency = draws.Between(0, 12) }] : [];
        return new Budget
        {
            Name = owner.Replace(':', '-'),
            Owner = owner,
            Parents = ParentsOf(owner),
            Envelopes = envelopes,
            AggregateCaps = capped.Length > 0 ? caps : [],
        };
    }

    /// <summary>A run of an owner.</summary>
    public RunSpec RunOf(string owner)
    {
        var gpus = draws.Hits(0.7) ? draws.Between(1, 4) : draws.Between(1, 12);
        var locality = Locality(gpus);
        var spec = new RunSpec
        {
            Owner = owner,
            Resources = new Resources { GpuType = draws.Hits(0.1) ? Flavors[1] : Flavors[0], TotalGPUs = gpus },
            Locality = locality,
            Malleable = draws.Hits(0.25) ? WidthActs.WidthsOf(draws, gpus, locality?.GroupGPUs) : null,
            SparesPerGroup = draws.Hits(0.25) ? draws.Between(1, 2) : 0,
            Funding = draws.Hits(0.3) ? new RunFunding { AllowBorrow = true, Sponsors = [draws.Of(Owners)],
                MaxBorrowGPUs = draws.Hits(0.3) ? draws.Between(1, 8) : null } : null,
            Runtime = draws.Hits(0.6) ? new RuntimeHints
            {
                ExpectedDuration = TimeSpan.FromMinutes(draws.Between(1, 90)),
                Checkpoint = draws.Hits(0.3) ? TimeSpan.FromMinutes(draws.Between(1, 20)) : null,
                OnNodeFailure = draws.Hits(0.4)
                    ? draws.Of(NodeFailurePolicy.Requeue, NodeFailurePolicy.Fail) : null,
            } : null,
        };
        return locality is not null && draws.Hits(0.4) ? spec with { Locality = AtLevel(locality) } : spec;
    }

    private static string[] ParentsOf(string owner) =>
        owner.LastIndexOf(':') is > 0 and var at ? [owner[..at]] : [];

    private Locality? Locality(int gpus) => !draws.Hits(0.3) ? null : new Locality
    {
        GroupGPUs = draws.Hits(0.5) ? draws.Between(1, gpus) : null,
        AllowCrossGroupSpread = draws.Hits(0.7),
        Selector = draws.Hits(0.3) ? Place() : null,
    };

    private Locality AtLevel(Locality locality) => locality with
    {
        Level = draws.Of(LocalityLevel.Node, LocalityLevel.Rack, LocalityLevel.Domain),
        LevelPolicy = draws.Of(LevelPolicy.Required, LevelPolicy.Preferred),
    };

    private Dictionary<string, string> Place() => new() { [NodeLabels.FabricDomain] = draws.Of("d0", "d1") };

    private Envelope Envelope(int index)
    {
        var start = draws.Hits(0.2) ? draws.Between(1, 90) : -60;
        var end = draws.Hits(0.25) ? Math.Max(start, 0) + draws.Between(1, 90) : 100_000;
        var flavor = draws.Hits(0.1) ? 1 : 0;
        return new Envelope
        {
            // An envelope names one flavor for good: a name for each.
            Name = $"{"ef"[flavor]}{index.ToString(CultureInfo.InvariantCulture)}",
            Flavor = Flavors[flavor],
            Concurrency = draws.Between(0, 12),
            Start = World.Epoch.AddMinutes(start),
            End = World.Epoch.AddMinutes(end),
            Sharing = draws.Hits(0.8) ? Sharing.Family : Sharing.None,
            Selector = draws.Hits(0.1) ? Place() : null,
            PreActivation = draws.Hits(0.5) ? new PreActivation { AllowReservations = draws.Hits(0.7),
                AllowAdmission = draws.Hits(0.7) } : null,
            Lending = draws.Hits(0.4) ? new Lending { Allow = true, To = [draws.Of("*", "ext", "org*")],
                MaxConcurrency = draws.Hits(0.5) ? draws.Between(0, 8) : null } : null,
        };
    }
}

using BenchmarkDotNet.Attributes;
using Jobtree.Bench.Load;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Pieces;

/// <summary>What a decision is made of, on a fleet that is 70 % full.</summary>
public class DecisionPieces
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FlavorState state = new(FleetShape.Flavor);
    private readonly List<FundingChange> changes = [];
    private readonly RunMeter meter = new();
    private readonly PackPart[] one = [new PackPart(1, true, Eligibility.Everywhere)];
    private readonly PackPart[] group = [new PackPart(48, true, Eligibility.Everywhere)];
    private Scheduler scheduler = null!;
    private Demand small = null!;
    private Demand large = null!;
    private Lease claim = null!;

    /// <summary>GPUs of the fleet.</summary>
    [Params(1_000, 100_000)]
    public int Gpus { get; set; }

    /// <summary>Fills the fleet, once for each size.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var shape = new FleetShape(Gpus);
        var manifests = shape.Manifests().ToArray();
        scheduler = new Scheduler(state, new SchedulerOptions());
        var effects = new FlavorEffects();
        Apply(new LedgerEntry
        {
            At = Now,
            Nodes = [.. manifests.OfType<NodeManifest>().Select(manifest => manifest.Node)],
            Budgets = [.. manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget)],
        });
        var mix = new RunMix("piece", 1, shape);
        while (state.Fleet.Free > 0.3 * Gpus)
        {
            var (key, owner, spec) = mix.Next();
            Apply(scheduler.Admit(Demand.Of(key, owner, spec, Now), Now));
        }
        small = Demand.Of(new RunKey("team-0", "small"), FleetShape.Team(0), Spec(1), Now);
        large = Demand.Of(new RunKey("team-0", "large"), FleetShape.Team(0), Spec(48), Now);
        claim = new Lease { Id = long.MaxValue / 2, Run = small.Run, Slots = [new NodeSlots("node-000000", 1)],
            Payer = new EnvelopeKey("team-0", "base"), Start = Now };

        void Apply(LedgerEntry entry)
        {
            state.Apply(entry with { Sequence = state.Sequence + 1, Previous = state.Head }, HashChain.Root, effects);
            effects.Runs.Clear();
            effects.Funding.Clear();
        }
    }

    /// <summary>Chooses payers.</summary>
    [Benchmark]
    public Cover Cover() => state.Funding.Cover(small);

    /// <summary>Finds a slot.</summary>
    [Benchmark]
    public object? PackOneGpu() => Packer.TryPack(state.Fleet, one, oneDomain: false);

    /// <summary>Finds 48 slots in one domain.</summary>
    [Benchmark]
    public object? PackGroupOf48() => Packer.TryPack(state.Fleet, group, oneDomain: false);

    /// <summary>Adds a claim, works out the classes of its envelope, and takes it away again.</summary>
    [Benchmark]
    public int FundingWalk()
    {
        state.Funding.Add(claim, small.Owner, Now, meter);
        state.Funding.Settle(Now, changes);
        state.Funding.Remove(claim.Id, Now);
        state.Funding.Settle(Now, changes);
        var count = changes.Count;
        changes.Clear();
        return count;
    }

    /// <summary>The whole decision for one GPU.</summary>
    [Benchmark]
    public LedgerEntry DecideOneGpu() => scheduler.Admit(small, Now);

    /// <summary>The whole decision for a group of 48.</summary>
    [Benchmark]
    public LedgerEntry DecideGroupOf48() => scheduler.Admit(large, Now);

    private static RunSpec Spec(int gpus) => new()
    {
        Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = gpus },
        Locality = gpus > 8 ? new Locality { GroupGPUs = gpus } : null,
        Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromHours(1) },
    };
}

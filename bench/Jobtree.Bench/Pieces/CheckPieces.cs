using System.Globalization;
using BenchmarkDotNet.Attributes;
using Jobtree.Bench.Load;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Bench.Pieces;

/// <summary>
/// What the continuous check takes of a flavor's time, when every GPU has a run of its own: the most leases that a
/// fleet can have.
/// </summary>
public class CheckPieces
{
    /// <summary>As many as the check of a flavor looks at in one step.</summary>
    private const int LeasesPerStep = 512;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FlavorState state = new(FleetShape.Flavor);
    private LiveAudit audit = null!;

    /// <summary>The leases, each of one GPU and one run.</summary>
    [Params(100_000)]
    public int Leases { get; set; }

    /// <summary>Fills the fleet.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var shape = new FleetShape(Leases);
        var manifests = shape.Manifests().ToArray();
        var scheduler = new Scheduler(state, new SchedulerOptions());
        var effects = new FlavorEffects();
        Apply(new LedgerEntry
        {
            At = Now,
            Nodes = [.. manifests.OfType<NodeManifest>().Select(manifest => manifest.Node)],
            Budgets = [.. manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget)],
        });
        for (var run = 0; run < Leases; run++)
        {
            var team = run % shape.Teams;
            var key = new RunKey(FleetShape.Namespace(team), string.Create(CultureInfo.InvariantCulture, $"run-{run}"));
            var spec = new RunSpec { Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = 1 } };
            Apply(scheduler.Admit(Demand.Of(key, FleetShape.Team(team), spec, Now), Now));
        }
        audit = new LiveAudit(state);

        void Apply(LedgerEntry entry)
        {
            state.Apply(entry with { Sequence = state.Sequence + 1, Previous = state.Head }, HashChain.Root, effects);
            effects.Runs.Clear();
            effects.Funding.Clear();
        }
    }

    /// <summary>Begins a pass: the longest that it holds up decisions at a time.</summary>
    [Benchmark]
    public LiveAudit BeginPass() => new(state);

    /// <summary>One step of a pass; a new pass is begun when one is complete.</summary>
    [Benchmark]
    public bool OneStep()
    {
        var isDone = audit.Step(LeasesPerStep);
        if (isDone)
            audit = new LiveAudit(state);
        return isDone;
    }

    /// <summary>A whole pass.</summary>
    [Benchmark]
    public int WholePass()
    {
        var pass = new LiveAudit(state);
        while (!pass.Step(LeasesPerStep))
        {
        }
        return pass.Violations.Count;
    }
}

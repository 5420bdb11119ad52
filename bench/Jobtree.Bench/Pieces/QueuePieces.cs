using System.Globalization;
using BenchmarkDotNet.Attributes;
using Jobtree.Bench.Load;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Bench.Pieces;

/// <summary>
/// What it takes to tell all waiting runs their places and starts, on a fleet where each GPU has a run of its own. It
/// is done for who asks, once for an entry of the ledger and a minute.
/// </summary>
public class QueuePieces
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FlavorState state = new(FleetShape.Flavor);
    private Scheduler scheduler = null!;
    private int minutes;

    /// <summary>The waiting runs.</summary>
    [Params(5_000)]
    public int Waiting { get; set; }

    /// <summary>The running ones.</summary>
    [Params(10_000)]
    public int Running { get; set; }

    /// <summary>Fills the fleet and the queue.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var shape = new FleetShape(Running);
        var manifests = shape.Manifests().ToArray();
        scheduler = new Scheduler(state, new SchedulerOptions());
        var (effects, random) = (new FlavorEffects(), new Random(1));
        Apply(new LedgerEntry
        {
            At = Now,
            Nodes = [.. manifests.OfType<NodeManifest>().Select(manifest => manifest.Node)],
            Budgets = [.. manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget)],
        });
        for (var run = 0; run < Running + Waiting; run++)
        {
            var team = run % shape.Teams;
            var key = new RunKey(FleetShape.Namespace(team), string.Create(CultureInfo.InvariantCulture, $"run-{run}"));
            var gpus = run < Running ? 1 : 1 << (run % 4);
            var spec = new RunSpec
            {
                Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = gpus },
                Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromMinutes(random.Next(1, 2_000)) },
            };
            Apply(scheduler.Admit(Demand.Of(key, FleetShape.Team(team), spec, Now), Now));
        }

        void Apply(LedgerEntry entry)
        {
            state.Apply(entry with { Sequence = state.Sequence + 1, Previous = state.Head }, HashChain.Root, effects);
            effects.Runs.Clear();
            effects.Funding.Clear();
        }
    }

    /// <summary>The order and the places of all.</summary>
    [Benchmark]
    public QueueOrder Places() => scheduler.QueueAt(Now.AddMinutes(++minutes));

    /// <summary>The same, with the forecasts of all.</summary>
    [Benchmark]
    public StartForecasts PlacesAndForecasts() => scheduler.ForecastsAt(Now.AddMinutes(++minutes));
}

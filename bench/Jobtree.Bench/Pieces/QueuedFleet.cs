using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Bench.Pieces;

/// <summary>A fleet where each GPU has a run of its own, and others wait.</summary>
internal static class QueuedFleet
{
    private const int LongestMinutes = 2_000;

    /// <summary>Fills a flavor.</summary>
    /// <param name="state">The flavor, empty.</param>
    /// <param name="scheduler">Its scheduler.</param>
    /// <param name="now">The instant.</param>
    /// <param name="running">How many run.</param>
    /// <param name="waiting">How many GPUs each of those asks for that wait.</param>
    /// <param name="fleets">How many times the fleet all budgets add up to.</param>
    public static void Fill(FlavorState state, Scheduler scheduler, DateTimeOffset now, int running,
        IReadOnlyList<int> waiting, int fleets = 1)
    {
        var shape = new FleetShape(running);
        var manifests = shape.Manifests().ToArray();
        var (effects, random) = (new FlavorEffects(), new Random(1));
        Apply(new LedgerEntry
        {
            At = now,
            Nodes = [.. manifests.OfType<NodeManifest>().Select(manifest => manifest.Node)],
            Budgets = [.. manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget with
            {
                Envelopes = [.. manifest.Budget.Envelopes.Select(
                    envelope => envelope with { Concurrency = envelope.Concurrency * fleets })],
            })],
        });
        for (var run = 0; run < running + waiting.Count; run++)
        {
            var team = run % shape.Teams;
            var key = new RunKey(FleetShape.Namespace(team), string.Create(CultureInfo.InvariantCulture, $"run-{run}"));
            var spec = new RunSpec
            {
                Resources = new Resources
                {
                    GpuType = FleetShape.Flavor, TotalGPUs = run < running ? 1 : waiting[run - running],
                },
                Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromMinutes(random.Next(1, LongestMinutes)) },
            };
            Apply(scheduler.Admit(Demand.Of(key, FleetShape.Team(team), spec, now), now));
        }

        void Apply(LedgerEntry entry)
        {
            state.Apply(entry with { Sequence = state.Sequence + 1, Previous = state.Head }, HashChain.Root, effects);
            effects.Runs.Clear();
            effects.Funding.Clear();
        }
    }
}

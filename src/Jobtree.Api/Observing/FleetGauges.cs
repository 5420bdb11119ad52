using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>The state of the fleet as metrics, read when they are asked for.</summary>
internal sealed class FleetGauges(IOperations operations, FleetMetrics metrics, ApiOptions options) : IMetricSource
{
    private const double SecondsPerHour = 3600;

    public async ValueTask Collect(Scrape scrape, CancellationToken cancellation)
    {
        if (!options.TellsFleet())
            return;
        // What cannot be asked now is missing from this scrape, which shows as a gap; the rest is still worth having.
        if ((await operations.ListFlavors(cancellation)).Succeeded(out var flavors, out var problem))
        {
            foreach (var flavor in flavors)
            {
                Add(scrape, flavor);
                if (flavor.Took is { } took)
                    metrics.Forecast(flavor.Flavor, took);
            }
        }
        else
        {
            metrics.Failed("metrics", problem.Code.ToString());
        }

        if ((await operations.BudgetsUsage(null, cancellation)).Succeeded(out var usage, out problem))
        {
            foreach (var envelope in usage)
                Add(scrape, envelope);
        }
        else
        {
            metrics.Failed("metrics", problem.Code.ToString());
        }
    }

    private static void Add(Scrape scrape, FlavorView view)
    {
        var flavor = view.Flavor;
        scrape.Set(Catalogue.Backlog, view.Backlog.TotalSeconds, flavor);
        scrape.Set(Catalogue.SpareGpus, view.Spares, flavor);
        scrape.Set(Catalogue.Fragmentation, view.Fragmentation, flavor);
        scrape.Set(Catalogue.QueueDepth, view.Waiting, flavor, "waiting");
        scrape.Set(Catalogue.QueueDepth, view.Reserved, flavor, "reserved");
        scrape.Set(Catalogue.QueueGpus, view.DemandGpus, flavor);
        scrape.Set(Catalogue.LedgerSequence, view.LedgerSequence, flavor);
        scrape.Set(Catalogue.Gpus, view.Free, flavor, "free");
        scrape.Set(Catalogue.Gpus, view.Used, flavor, "used");
        scrape.Set(Catalogue.Gpus, view.Cordoned, flavor, "cordoned");
        scrape.Set(Catalogue.Gpus, view.Fenced, flavor, "fenced");
        foreach (var (state, nodes) in view.Nodes)
            scrape.Set(Catalogue.Nodes, nodes, flavor, Word(state));
        foreach (var (outcome, decisions) in view.Decisions)
            scrape.Set(Catalogue.Decisions, decisions, flavor, outcome);
        // Unfunded work is all that is cut so far; a resolver that cuts more counts its kinds apart.
        scrape.Set(Catalogue.ResolverActions, view.Decisions.GetValueOrDefault("reclaimed"), flavor, "ReclaimUnfunded");
        if (view.StartLateness is { } lateness)
            scrape.Set(Catalogue.ForecastError, lateness.Counts, lateness.SumSeconds, flavor);
        scrape.Set(Catalogue.Runs, view.Waiting, flavor, "pending");
        scrape.Set(Catalogue.Runs, view.Reserved, flavor, "reserved");
        if (view.Running is { } running)
            scrape.Set(Catalogue.Runs, running, flavor, "running");
    }

    private static void Add(Scrape scrape, EnvelopeUsage usage)
    {
        Add(scrape, Catalogue.BudgetGpus, usage, usage.Gpus, 1);
        scrape.Set(Catalogue.BudgetGpus, usage.SpareGpus, usage.Owner, usage.Envelope.Budget, usage.Envelope.Envelope,
            usage.Flavor, "spare");
        Add(scrape, Catalogue.BudgetGpuSeconds, usage, usage.GpuHours, SecondsPerHour);
    }

    private static void Add(Scrape scrape, Instrument instrument, EnvelopeUsage usage, ClassSplit split, double factor)
    {
        var (budget, envelope) = usage.Envelope;
        scrape.Set(instrument, split.Owned * factor, usage.Owner, budget, envelope, usage.Flavor, "owned");
        scrape.Set(instrument, split.Shared * factor, usage.Owner, budget, envelope, usage.Flavor, "shared");
        scrape.Set(instrument, split.Borrowed * factor, usage.Owner, budget, envelope, usage.Flavor, "borrowed");
        scrape.Set(instrument, split.Unfunded * factor, usage.Owner, budget, envelope, usage.Flavor, "unfunded");
    }

    private static string Word(NodeState state) => state switch
    {
        NodeState.Ready => "ready",
        NodeState.Cordoned => "cordoned",
        _ => "fenced",
    };
}

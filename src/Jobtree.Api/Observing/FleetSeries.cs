using System.Diagnostics.Metrics;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>
/// The state of the fleet as metrics. Instruments are read synchronously, so the fleet is queried before each scrape
/// and the instruments report the result.
/// </summary>
internal sealed class FleetSeries : IDisposable
{
    private const double SecondsPerHour = 3600;
    private const string Loop = "fleet";

    private static readonly Dictionary<MoveCause, long> NoMoves = [];

    /// <summary>The kinds of cuts for funded demand, beside unfunded runs that are reclaimed.</summary>
    private static readonly (string Kind, string Actions)[] Resolvers =
        [("DropSpare", "sparesDropped"), ("Shrink", "yielded"), ("Lottery", "drawn")];

    private readonly IOperations operations;
    private readonly FleetMetrics metrics;
    private readonly ApiOptions options;
    private readonly TimeProvider time;
    private readonly FlavorFreshness freshness;
    private readonly EnvelopeRows rows = new();
    private readonly SemaphoreSlim one = new(1, 1);
    private IReadOnlyList<FlavorView> flavors = [];
    private IReadOnlyList<EnvelopeRow> envelopes = [];

    public FleetSeries(IOperations operations, FleetMetrics metrics, ApiOptions options, TimeProvider time)
    {
        (this.operations, this.metrics, this.options, this.time) = (operations, metrics, options, time);
        freshness = new FlavorFreshness(time);
        ObserveQueues();
        ObserveActions();
        ObserveOutboxes();
        ObserveGpus();
        ObserveBudgets();
    }

    /// <summary>
    /// Queries the fleet. Values that are not available now are missing from the next scrape, which shows as a gap.
    /// </summary>
    public async Task Refresh(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            if (options.TellsFleet())
                await Read(cancellation);
            else
                (flavors, envelopes) = ([], []);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task Read(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var views = await Asked(operations.ListFlavors(cancellation));
        var usage = await Asked(operations.BudgetsUsage(null, cancellation));
        (flavors, envelopes) = (views ?? [], usage is null ? []
            : rows.Of([.. usage.Where(static envelope => envelope.CapOver is null)]));
        if (views is not null)
            freshness.Read(views.Select(static view => view.Flavor));
        foreach (var flavor in flavors)
        {
            if (flavor.Took is { } took)
                metrics.Forecast(flavor.Flavor, took);
        }
        var hasReadAll = views is not null && usage is not null;
        metrics.Passed(Loop, time.GetElapsedTime(began), hasReadAll ? time.GetUtcNow() : null);
    }

    private async Task<IReadOnlyList<T>?> Asked<T>(Task<Result<IReadOnlyList<T>>> question)
    {
        if ((await question).Succeeded(out var answer, out var problem))
            return answer;
        metrics.Failed("metrics", problem.Code.ToString());
        return null;
    }

    private void ObserveQueues()
    {
        PerFlavor(Catalogue.Backlog, static (series, view) => [
            series.Measure(view.Backlog.TotalSeconds, view.Flavor)]);
        PerFlavor(Catalogue.QueueDepth, static (series, view) => [
            series.Measure(view.Waiting, view.Flavor, "waiting"),
            series.Measure(view.Reserved, view.Flavor, "reserved")]);
        PerFlavor(Catalogue.QueueGpus, static (series, view) => [series.Measure(view.DemandGpus, view.Flavor)]);
        PerFlavor(Catalogue.LedgerSequence, static (series, view) => [
            series.Measure(view.LedgerSequence, view.Flavor)]);
        PerFlavor(Catalogue.Decisions, static (series, view) => view.Decisions.Select(
            decisions => series.Measure(decisions.Value, view.Flavor, decisions.Key)));
        PerFlavor(Catalogue.PromiseMoves, static (series, view) => (view.PromiseMoves ?? NoMoves).Select(
            moves => series.Measure(moves.Value, view.Flavor, moves.Key.ToString().ToLowerInvariant())));
        PerFlavor(Catalogue.Runs, static (series, view) => [
            series.Measure(view.Waiting, view.Flavor, "pending"),
            series.Measure(view.Reserved, view.Flavor, "reserved"),
            .. view.Running is { } running ? [series.Measure(running, view.Flavor, "running")]
                : Array.Empty<Measurement<double>>()]);
    }

    private void ObserveActions()
    {
        PerFlavor(Catalogue.ResolverActions, static (series, view) => Resolvers.Select(resolver => series.Measure(
            Of(view, resolver.Actions), view.Flavor, resolver.Kind)).Prepend(series.Measure(
            Math.Max(0, view.Decisions.GetValueOrDefault("reclaimed") - Of(view, "drawn")), view.Flavor,
            "ReclaimUnfunded")));
        PerFlavor(Catalogue.ElasticGrows, static (series, view) => [series.Measure(Of(view, "grown"), view.Flavor)]);
        PerFlavor(Catalogue.ElasticShrinks, static (series, view) => [
            series.Measure(Of(view, "shrunk"), view.Flavor)]);
        PerFlavor(Catalogue.ElasticWidth, static (series, view) => [
            series.Measure(view.ElasticGpus ?? 0, view.Flavor)]);
        PerFlavor(Catalogue.Swaps, static (series, view) => [series.Measure(Of(view, "swapped"), view.Flavor)]);
    }

    private static long Of(FlavorView view, string action) => view.Actions?.GetValueOrDefault(action) ?? 0;

    private void ObserveOutboxes()
    {
        PerFlavor(Catalogue.OutboxLag, static (series, view) => view.OutboxLag is { } lag
            ? [series.Measure(lag.TotalSeconds, view.Flavor)] : []);
        PerFlavor(Catalogue.ReceiversSetAside, static (series, view) => [
            series.Measure(view.SetAside?.Count ?? 0, view.Flavor)]);
        metrics.Observe(Catalogue.OutboxLagThreshold, () => [
            Catalogue.OutboxLagThreshold.Measure(options.OutboxLagThreshold.TotalSeconds)]);
        metrics.Observe(Catalogue.FlavorViewsStale, () => options.TellsFleet() ? [
            Catalogue.FlavorViewsStale.Measure(freshness.StaleRatio())] : []);
    }

    private void ObserveGpus()
    {
        PerFlavor(Catalogue.SpareGpus, static (series, view) => [series.Measure(view.Spares, view.Flavor)]);
        PerFlavor(Catalogue.Fragmentation, static (series, view) => [
            series.Measure(view.Fragmentation, view.Flavor)]);
        PerFlavor(Catalogue.StrandedGpus, static (series, view) => (view.Stranded ?? new Dictionary<int, int>()).Select(
            group => series.Measure(
                group.Value, view.Flavor, group.Key.ToString(CultureInfo.InvariantCulture))));
        PerFlavor(Catalogue.Gpus, static (series, view) => [
            series.Measure(view.Free, view.Flavor, "free"),
            series.Measure(view.Used, view.Flavor, "used"),
            series.Measure(view.Cordoned, view.Flavor, "cordoned"),
            series.Measure(view.Fenced, view.Flavor, "fenced")]);
        PerFlavor(Catalogue.Nodes, static (series, view) => view.Nodes.Select(
            nodes => series.Measure(nodes.Value, view.Flavor, Word(nodes.Key))));
        PerFlavor(Catalogue.NodesOverdue, static (series, view) => [
            series.Measure(view.OverdueNodes ?? 0, view.Flavor)]);
    }

    private void ObserveBudgets()
    {
        metrics.Observe(Catalogue.BudgetGpus, () => envelopes.SelectMany(
            static row => ByClass(Catalogue.BudgetGpus, row, row.Gpus, 1)
                .Append(row.Measure(Catalogue.BudgetGpus, row.SpareGpus, "spare"))));
        metrics.Observe(Catalogue.BudgetGpuSeconds, () => envelopes.SelectMany(
            static row => ByClass(Catalogue.BudgetGpuSeconds, row, row.GpuHours, SecondsPerHour)));
    }

    private void PerFlavor(
        MetricDefinition series, Func<MetricDefinition, FlavorView, IEnumerable<Measurement<double>>> read) =>
        metrics.Observe(series, () => flavors.SelectMany(view => read(series, view)));

    private static IEnumerable<Measurement<double>> ByClass(
        MetricDefinition series, EnvelopeRow row, ClassSplit split, double factor) =>
    [
        row.Measure(series, split.Owned * factor, "owned"),
        row.Measure(series, split.Shared * factor, "shared"),
        row.Measure(series, split.Borrowed * factor, "borrowed"),
        row.Measure(series, split.Unfunded * factor, "unfunded"),
    ];

    private static string Word(NodeState state) => state switch
    {
        NodeState.Ready => "ready",
        NodeState.Cordoned => "cordoned",
        NodeState.Draining => "draining",
        _ => "fenced",
    };
}

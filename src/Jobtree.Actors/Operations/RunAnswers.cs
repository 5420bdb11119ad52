using System.Globalization;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.History;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>What is told of one run: put together from the run, its flavor, its reports and the ledger.</summary>
/// <param name="fleet">The actors.</param>
/// <param name="time">The clock.</param>
/// <param name="history">The ledgers' past.</param>
internal sealed class RunAnswers(IFleet fleet, TimeProvider time, FleetHistory history)
{
    /// <summary>How long a list waits for what a flavor knows of its runs.</summary>
    private static readonly TimeSpan QueuedPatience = TimeSpan.FromSeconds(2);

    /// <summary>Where a run is, and why; its receipt, if it was cut.</summary>
    public async ValueTask<Result<Explanation>> Explain(RunKey run, CancellationToken cancellation)
    {
        if (await fleet.Run(run).Get() is not { } record)
            return Problem.NoRun(run);
        if (record.Phase == RunPhase.Waiting)
            return await WaitingExplanation.Of(fleet, record);
        if (await fleet.Flavor(record.Spec.Resources.GpuType).Explain(run) is { } explanation)
            return await WithTelemetry((record.Message is null ? explanation
                : explanation with { Where = $"{explanation.Where} {record.Message}" }) with
            {
                Receipt = explanation.Phase == RunPhase.Running ? null : await history.Receipt(record, cancellation),
                Losses = await history.Losses(record, cancellation),
            });
        var ended = record.FinishedAt is { } at ? $" at {at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}"
            : "";
        var where = record.Phase == RunPhase.Completed ? $"{run} completed{ended}."
            : $"{run} ended as {record.Reason}{ended}. {record.Message}".TrimEnd();
        return new Explanation(run, record.Phase, where, [], [], [], null, []);
    }

    /// <summary>Adds the last report of a running run: its expected end, and how far it is in a sentence.</summary>
    private async ValueTask<Explanation> WithTelemetry(Explanation explanation)
    {
        if (explanation.Phase != RunPhase.Running || await Reported(explanation.Run) is not { } telemetry)
            return explanation;
        return explanation with
        {
            Where = $"{explanation.Where} {TelemetrySentence.Of(telemetry, time.GetUtcNow())}".TrimEnd(),
            Eta = telemetry.Eta is { } end ? new RunEta(end, end) : null,
        };
    }

    private async ValueTask<RunTelemetry?> Reported(RunKey run) =>
        await fleet.Runs().Reported([run]) is [{ Telemetry: var telemetry }, ..] ? telemetry : null;

    /// <summary>A page of the list: running runs with their reports, waiting ones with their places and
    /// forecasts.</summary>
    public async ValueTask<Page<RunManifest>> List(Page<RunRecord> page, CancellationToken cancellation)
    {
        var running = page.Items.Where(run => run.Phase == RunPhase.Running).Select(run => run.Key).ToArray();
        var reported = running.Length == 0 ? []
            : (await fleet.Runs().Reported(running)).ToDictionary(item => item.Run, item => item.Telemetry);
        var waiting = page.Items.Where(run => run.Phase is RunPhase.Pending or RunPhase.Reserved)
            .GroupBy(run => run.Spec.Resources.GpuType, run => run.Key);
        var queued = (await Task.WhenAll(waiting.Select(runs => Queued(runs.Key, [.. runs], cancellation))))
            .SelectMany(some => some).ToDictionary(queued => queued.Run);
        return new Page<RunManifest>(
            [.. page.Items.Select(run => RunStatusView.Listed(
                run, queued.GetValueOrDefault(run.Key), reported.GetValueOrDefault(run.Key)))],
            page.Continue, page.Version);
    }

    /// <summary>The places and forecasts of runs of a flavor. None if it cannot tell in time: a list does not wait for
    /// one flavor.</summary>
    private async Task<IReadOnlyList<QueuedRun>> Queued(
        string flavor, RunKey[] runs, CancellationToken cancellation)
    {
        try
        {
            return await fleet.Flavor(flavor).Queued(runs).AsTask().WaitAsync(QueuedPatience, time, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return []; // It is on its way to another silo, of an older version, or cannot read its journal.
        }
    }

    /// <summary>A run with its full status.</summary>
    public async ValueTask<RunManifest> Show(RunRecord run) =>
        RunStatusView.Of(
            run,
            run.IsOver || run.Phase == RunPhase.Waiting ? null
                : await fleet.Flavor(run.Spec.Resources.GpuType).Position(run.Key),
            run.Phase == RunPhase.Running ? await Reported(run.Key) : null);
}

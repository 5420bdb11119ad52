using Jobtree.Actors.Flavors;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>Converts a run's record to a manifest with its status.</summary>
internal static class RunStatusView
{
    /// <summary>A run as lists show it: without funding.</summary>
    /// <param name="run">The record.</param>
    /// <param name="queued">Its place in the queue and forecast, if it waits and they are known.</param>
    /// <param name="telemetry">What was last reported, if anything.</param>
    public static RunManifest Listed(RunRecord run, QueuedRun? queued, RunTelemetry? telemetry)
    {
        var shown = Of(run, null, telemetry);
        return queued is null ? shown
            : shown with { Status = shown.Status! with { Queue = queued.Place, Eta = queued.Eta } };
    }

    /// <summary>A run with its full status.</summary>
    /// <param name="run">The record.</param>
    /// <param name="position">The run's position in its flavor, if known.</param>
    /// <param name="telemetry">What was last reported, if anything.</param>
    public static RunManifest Of(RunRecord run, RunPosition? position, RunTelemetry? telemetry = null) => new(
        run.Key,
        run.Spec.Owner == run.Owner ? run.Spec : run.Spec with { Owner = run.Owner },
        run.Labels,
        new RunStatus
        {
            Phase = run.Phase,
            Conditions = RunConditions.Of(run, position),
            Width = Width(run),
            Funding = Funding(run, position),
            Eta = run.Phase is RunPhase.Pending or RunPhase.Reserved or RunPhase.Waiting ? position?.Eta
                : telemetry?.Eta is { } end ? new RunEta(end, end) : null,
            Queue = position?.Queue,
            Telemetry = telemetry,
            Message = run.Message ?? position?.WaitsFor,
            Hold = run is { IsOver: false, Hold: { } hold } ? new RunHoldStatus(hold.Holder(), hold.Since, hold.Reason)
                : null,
            SubmittedAt = run.SubmittedAt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Attempt = run.Attempt,
        });

    private static RunWidth Width(RunRecord run)
    {
        var total = run.Spec.Resources.TotalGPUs;
        var elastic = run.Spec.Malleable;
        var desired = elastic?.DesiredTotalGPUs ?? elastic?.MaxTotalGPUs ?? total;
        return new RunWidth(elastic?.MinTotalGPUs ?? total, elastic?.MaxTotalGPUs ?? total, desired, run.Gpus,
            run.IsOver || run.Phase == RunPhase.Running ? 0 : total);
    }

    private static RunFundingStatus? Funding(RunRecord run, RunPosition? position)
    {
        if (position is null)
            return run.GpuSeconds == default ? null : new RunFundingStatus(
                default, run.GpuSeconds.Times(1 / 3600d), []);
        return position.Funding with { GpuHours = position.Funding.GpuHours + run.GpuSeconds.Times(1 / 3600d) };
    }
}

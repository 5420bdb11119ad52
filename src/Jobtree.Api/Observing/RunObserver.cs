using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Observing;

/// <summary>Follows the changes of all runs and counts runs that end. It stores nothing per run.</summary>
internal sealed class RunObserver(IOperations operations, FleetMetrics metrics, ApiOptions options, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A failing observer must not stop the host: it restarts, and the gap is logged as an error.
        while (options.ObserveRuns && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Observe(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                var reason = e is WatchExpiredException ? "expired" : e.GetType().Name;
                metrics.Failed("run-observer", reason, "warning");
                metrics.Retried("run-observer", reason);
            }

            await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Observe(CancellationToken cancellation)
    {
        if (!(await operations.ListRuns(new RunQuery { Limit = 1 }, cancellation)).Succeeded(out var page, out _)
            || page.Version is not { } version)
            return;
        await foreach (var change in operations.WatchRuns(new RunQuery(), version, cancellation))
        {
            if (change.Run.Status is { Phase: RunPhase.Completed or RunPhase.Failed } status)
                metrics.Finished(change.Run.Spec.Resources.GpuType, Word(status), status.FinishedAt - status.StartedAt);
        }
    }

    private static string Word(RunStatus status) =>
        status.Phase == RunPhase.Completed ? "succeeded"
        : status.Conditions.Any(
            condition => condition is { Type: ConditionType.Failed, Status: true, Reason: "Cancelled" }) ? "cancelled"
        : "failed";
}

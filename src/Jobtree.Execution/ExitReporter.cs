using System.Threading.Channels;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>
/// Delivers ends to the fleet, outside the calls that caused them: the executor must not call a run that awaits its
/// answer. Reports are sent concurrently, so that the fleet can write them in one batch. A report that throws is
/// retried until it is accepted. The queue is bounded by the executor's attempts, each of which ends once.
/// </summary>
internal sealed class ExitReporter(TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int InFlightMax = 64;
    private static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    private readonly Channel<ExitReport> waiting = Channel.CreateUnbounded<ExitReport>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource lifetime = new();
    private Task delivery = Task.CompletedTask;

    /// <summary>Begins to deliver, including earlier reports.</summary>
    /// <param name="reports">The receiver.</param>
    public void Begin(IExecutionReports reports)
    {
        delivery = Task.Run(() => DeliverAll(reports, lifetime.Token));
    }

    /// <summary>Queues a report for delivery.</summary>
    /// <param name="report">The end.</param>
    public void Report(ExitReport report) => waiting.Writer.TryWrite(report);

    /// <summary>
    /// Stops delivering. After a restart, executors that persist attempts report undelivered ends again.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!waiting.Writer.TryComplete())
            return;
        await lifetime.CancelAsync();
        await delivery.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lifetime.Dispose();
    }

    /// <summary>Starts the deliveries in order. Most complete at once; the others continue concurrently.</summary>
    private async Task DeliverAll(IExecutionReports reports, CancellationToken cancel)
    {
        using var free = new SemaphoreSlim(InFlightMax);
        try
        {
            await foreach (var report in waiting.Reader.ReadAllAsync(cancel))
            {
                await free.WaitAsync(cancel);
                _ = DeliverBeside(reports, report, free, cancel);
            }
        }
        finally
        {
            for (var ended = 0; ended < InFlightMax; ended++)
                await free.WaitAsync(CancellationToken.None);
        }
    }

    private async Task DeliverBeside(
        IExecutionReports reports, ExitReport report, SemaphoreSlim free, CancellationToken cancel)
    {
        try
        {
            await Deliver(reports, report, cancel);
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // The host is stopping; executors that persist the attempt report it again after the restart.
        }
        finally
        {
            free.Release();
        }
    }

    private async ValueTask Deliver(IExecutionReports reports, ExitReport report, CancellationToken cancel)
    {
        for (var pause = RetryFirst; ; pause = pause * 2 < RetryMax ? pause * 2 : RetryMax)
        {
            try
            {
                await reports.Exited(report.Run, report.Attempt, report.Succeeded, report.Message);
                report.Accepted?.Invoke();
                return;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                logger.LogWarning(
                    e, "The end of attempt {Attempt} of {Run} was not taken; it is reported again in {Pause}.",
                    report.Attempt, report.Run, pause);
            }
            await Task.Delay(pause, time, cancel);
        }
    }
}

/// <summary>The end of a workload, to be delivered to the fleet.</summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">The number of the start.</param>
/// <param name="Succeeded">Whether the workload succeeded.</param>
/// <param name="Message">The message to show.</param>
/// <param name="Accepted">Called when the fleet has accepted the report.</param>
internal sealed record ExitReport(RunKey Run, int Attempt, bool Succeeded, string? Message, Action? Accepted = null);

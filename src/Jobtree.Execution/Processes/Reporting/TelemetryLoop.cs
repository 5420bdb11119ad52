using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// Reports what running attempts say of themselves on the standard output of rank 0, and what this machine shows of
/// them: processors, memory and GPUs. Nothing waits for it, and a report that is lost is replaced by the next one.
/// </summary>
/// <param name="options">How often to look.</param>
/// <param name="running">Returns the attempts that run now.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs unusual events.</param>
internal sealed class TelemetryLoop(
    ProcessExecutorOptions options, Func<CancellationToken, Task<IReadOnlyList<RunningAttempt>>> running,
    TimeProvider time, ILogger logger)
{
    private readonly Dictionary<AttemptId, OutputTail> tails = [];
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly UsageMeter usage = new(options, time);
    private long? measuredAt;

    /// <summary>Reports until it is cancelled.</summary>
    /// <param name="reports">The receiver.</param>
    /// <param name="cancel">Ends the loop.</param>
    public async Task Run(IExecutionReports reports, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(options.TelemetryInterval, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            try
            {
                var attempts = await running(cancel);
                await ReportLines(attempts, reports);
                await ReportUsage(attempts, reports, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                logger.LogWarning(e, "The telemetry of running attempts could not be read.");
            }
        }
    }

    private async Task ReportLines(IReadOnlyList<RunningAttempt> attempts, IExecutionReports reports)
    {
        foreach (var ended in tails.Keys.Except(attempts.Select(attempt => attempt.Id)).ToList())
            tails.Remove(ended);
        var sent = new List<Task>();
        foreach (var attempt in attempts)
        {
            if (!tails.TryGetValue(attempt.Id, out var tail))
                tails.Add(attempt.Id, tail = new OutputTail(attempt.OutputPath, time));
            var reading = tail.Read(buffer);
            CountDropped(reading, reports);
            if (reading.Report is { } report)
                sent.Add(Send(attempt.Id.Run, report with { Attempt = attempt.Id.Attempt }, reports));
        }
        await Task.WhenAll(sent);
    }

    private async Task ReportUsage(
        IReadOnlyList<RunningAttempt> attempts, IExecutionReports reports, CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        if (measuredAt is { } last && time.GetElapsedTime(last, now) < options.UsageInterval)
            return;
        measuredAt = now;
        var (ofRuns, ofNodes) = await usage.Measure(attempts, cancel);
        await Task.WhenAll([
            .. ofRuns.Select(run => Send(run.Run, run.Report, reports)),
            .. ofNodes.Select(node => Send(node.Node, node.Usage, reports)),
        ]);
    }

    private static void CountDropped(TailReading reading, IExecutionReports reports)
    {
        if (reading.Malformed > 0)
            reports.Dropped("malformed", reading.Malformed);
        if (reading.TooLong > 0)
            reports.Dropped("too-long", reading.TooLong);
        if (reading.TooMany > 0)
            reports.Dropped("too-many", reading.TooMany);
    }

    private async Task Send(RunKey run, WorkloadReport report, IExecutionReports reports)
    {
        try
        {
            await reports.Reported(run, report);
        }
        catch (Exception e)
        {
            logger.LogDebug(e, "Telemetry of {Run} was not taken.", run);
        }
    }

    private async Task Send(string node, NodeUsage used, IExecutionReports reports)
    {
        try
        {
            await reports.Reported(node, used);
        }
        catch (Exception e)
        {
            logger.LogDebug(e, "The usage of {Node} was not taken.", node);
        }
    }
}

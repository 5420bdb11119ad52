using System.Diagnostics;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// An executor whose starts are spans of their run's trace. The workload continues the trace from that span, if it is
/// recorded. At the level debug, starts and stops are logged; the log of runs has the decisions behind them.
/// </summary>
/// <param name="inner">The executor; disposed of with this one.</param>
/// <param name="loggers">Makes the logger.</param>
internal sealed partial class TracedExecutor(ILocalExecutor inner, ILoggerFactory loggers) : ILocalExecutor
{
    private const int NodesMax = 16;

    private readonly ILogger logger = loggers.CreateLogger(LogCategories.TargetLogger);

    public IRunLogs? Logs => inner.Logs;

    public int Resisting => inner.Resisting;

    public void Begin(IExecutionReports reports) => inner.Begin(reports);

    public ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() => inner.TakenUp();

    public ValueTask Start(Launch launch)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            Launched(launch.Run.ToString(), launch.Attempt, NodesOf(launch), launch.TraceParent);
        return Spans.Source.HasListeners() ? StartTraced(launch) : inner.Start(launch);
    }

    public ValueTask Resize(Launch launch)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            Resized(launch.Run.ToString(), launch.Attempt, NodesOf(launch));
        return inner.Resize(launch);
    }

    public ValueTask Stop(ExecutionStop stop)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            Stopped(stop.Run.ToString(), stop.Attempt, stop.Reason.ToString());
        return inner.Stop(stop);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask StartTraced(Launch launch)
    {
        _ = ActivityContext.TryParse(launch.TraceParent, null, isRemote: false, out var parent);
        using var span = Spans.Source.StartActivity(Spans.LaunchJob.Name, ActivityKind.Internal, parent);
        if (span is { Recorded: true })
        {
            span.SetTag(Spans.JobId, launch.Run.ToString());
            span.SetTag(Spans.TargetId, launch.Leases is [{ Slots: [var slots, ..] }, ..] ? slots.Node : "");
            span.SetTag(Spans.Attempt, launch.Attempt);
            launch = launch with { TraceParent = span.Id };
        }
        await inner.Start(launch);
    }

    private static string NodesOf(Launch launch) => string.Join(
        ", ", launch.Leases.SelectMany(lease => lease.Slots).Select(slots => slots.Node).Distinct().Take(NodesMax));

    [LoggerMessage(140, LogLevel.Debug, "{Run}, attempt {Attempt}, is handed to the executor on {Nodes}.")]
    private partial void Launched(string run, int attempt, string nodes, string? trace);

    [LoggerMessage(142, LogLevel.Debug, "{Run}, attempt {Attempt}, goes on by the executor on {Nodes}.")]
    private partial void Resized(string run, int attempt, string nodes);

    [LoggerMessage(141, LogLevel.Debug, "{Run}, attempt {Attempt}, is stopped by the executor: {Reason}.")]
    private partial void Stopped(string run, int attempt, string reason);
}

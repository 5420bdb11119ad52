using System.Diagnostics;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// An executor whose starts are spans of their run's trace. The workload continues the trace from that span, if it is
/// recorded.
/// </summary>
/// <param name="inner">The executor; disposed of with this one.</param>
internal sealed class TracedExecutor(ILocalExecutor inner) : ILocalExecutor
{
    public IRunLogs? Logs => inner.Logs;

    public void Begin(IExecutionReports reports) => inner.Begin(reports);

    public ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() => inner.TakenUp();

    public ValueTask Start(Launch launch) => Spans.Source.HasListeners() ? StartTraced(launch) : inner.Start(launch);

    public ValueTask Stop(ExecutionStop stop) => inner.Stop(stop);

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
}

using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>An executor that notes its orders, and may have attempts left over from an earlier host.</summary>
internal sealed class RecordedExecutor(IReadOnlyList<(RunKey Run, int Attempt)> left) : ILocalExecutor
{
    public ConcurrentQueue<Launch> Launches { get; } = new();

    public ConcurrentQueue<ExecutionStop> Stops { get; } = new();

    public IRunLogs? Logs => null;

    /// <summary>The runs that were started and not stopped again.</summary>
    public IEnumerable<RunKey> Running()
    {
        var stopped = Stops.Select(stop => (stop.Run, stop.Attempt)).ToHashSet();
        return Launches.Where(launch => !stopped.Contains((launch.Run, launch.Attempt)))
            .Select(launch => launch.Run).Distinct();
    }

    public ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() => ValueTask.FromResult(left);

    public void Begin(IExecutionReports reports)
    {
    }

    public ValueTask Start(Launch launch)
    {
        Launches.Enqueue(launch);
        return ValueTask.CompletedTask;
    }

    public ValueTask Resize(Launch launch) => Start(launch);

    public ValueTask Stop(ExecutionStop stop)
    {
        Stops.Enqueue(stop);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

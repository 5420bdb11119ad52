using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Embedded.Executors;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordedExecutor : ILocalExecutor
{
    public ConcurrentQueue<Launch> Launches { get; } = new();

    public ConcurrentQueue<ExecutionStop> Stops { get; } = new();

    public IReadOnlyList<(RunKey Run, int Attempt)> Left { get; init; } = [];

    public IRunLogs? Logs => null;

    public ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() => ValueTask.FromResult(Left);

    /// <summary>The runs that were started and not stopped again.</summary>
    public IEnumerable<RunKey> Running() =>
        Launches.Where(launch => !Stops.Any(stop => (stop.Run, stop.Attempt) == (launch.Run, launch.Attempt))).Select(
            launch => launch.Run).Distinct();

    public void Begin(IExecutionReports reports)
    {
    }

    public ValueTask Start(Launch launch)
    {
        Launches.Enqueue(launch);
        return ValueTask.CompletedTask;
    }

    public ValueTask Stop(ExecutionStop stop)
    {
        Stops.Enqueue(stop);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

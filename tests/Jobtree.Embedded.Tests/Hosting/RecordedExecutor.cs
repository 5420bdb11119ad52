using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Embedded.Executors;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordedExecutor : ILocalExecutor
{
    public ConcurrentQueue<Launch> Launches { get; } = new();

    public ConcurrentQueue<ExecutionStop> Stops { get; } = new();

    public IRunLogs? Logs => null;

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

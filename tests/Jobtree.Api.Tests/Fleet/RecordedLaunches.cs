using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Api.Tests.Fleet;

/// <summary>An executor that only remembers what it was told to start.</summary>
public sealed class RecordedLaunches : IExecutor
{
    private readonly ConcurrentDictionary<RunKey, Launch> launches = new();

    public Launch Of(string run) => launches[new RunKey(RunKey.DefaultNamespace, run)];

    public ValueTask Start(Launch launch)
    {
        launches[launch.Run] = launch;
        return ValueTask.CompletedTask;
    }

    public ValueTask Resize(Launch launch) => Start(launch);

    public ValueTask Stop(ExecutionStop stop) => ValueTask.CompletedTask;
}

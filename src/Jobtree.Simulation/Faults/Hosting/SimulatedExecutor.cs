using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>Takes starts and stops. The workloads end by the clients' reports.</summary>
/// <param name="loop">What is due when.</param>
internal sealed class SimulatedExecutor(EventLoop loop) : IExecutor
{
    private static readonly long Wait = TimeSpan.FromMilliseconds(1).Ticks;
    private readonly HashSet<(RunKey Run, int Attempt)> started = [];

    /// <summary>Whether an attempt was started.</summary>
    public bool HasStarted(RunKey run, int attempt) => started.Contains((run, attempt));

    /// <inheritdoc/>
    public async ValueTask Start(Launch launch)
    {
        started.Add((launch.Run, launch.Attempt));
        await loop.Delay(Wait);
    }

    /// <inheritdoc/>
    public async ValueTask Resize(Launch launch) => await loop.Delay(Wait);

    /// <inheritdoc/>
    public async ValueTask Stop(ExecutionStop stop) => await loop.Delay(Wait);
}

using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// Hard quotas: each virtual cluster has its own GPUs, in proportion to its GPU-time over the whole trace, and serves
/// its jobs first come, first served. No other cluster may use its idle GPUs.
/// </summary>
internal sealed class StaticPartition : IQueuePolicy
{
    private readonly JobTrace _trace;
    private readonly FirstComeFirstServed[] _partitions;

    /// <summary>Splits a fleet between the virtual clusters of a trace.</summary>
    public StaticPartition(JobTrace trace, int gpus)
    {
        var widths = LargestRemainder.Split(gpus, trace.GpuHoursByCluster());
        _partitions = [.. widths.Select(width => new FirstComeFirstServed(trace, width))];
        _trace = trace;
    }

    /// <inheritdoc/>
    public bool Submit(int job) => _partitions[_trace.ClusterOf[job]].Submit(job);

    /// <inheritdoc/>
    public void Finish(int job) => _partitions[_trace.ClusterOf[job]].Finish(job);

    /// <inheritdoc/>
    public void Schedule(TimeSpan now, List<int> starts)
    {
        foreach (var partition in _partitions)
            partition.Schedule(now, starts);
    }
}

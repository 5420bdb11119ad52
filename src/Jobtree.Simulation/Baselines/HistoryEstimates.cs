using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// The median of the last durations that ended in a job's virtual cluster, or a default while there is none.
/// </summary>
internal sealed class HistoryEstimates : IDurationEstimates
{
    private readonly JobTrace _trace;
    private readonly TimeSpan _fallback;
    private readonly RollingMedian[] _medians;

    /// <summary>Starts with nothing known.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="fallback">The duration of the first jobs of a cluster.</param>
    /// <param name="window">How many durations are remembered per cluster.</param>
    public HistoryEstimates(JobTrace trace, TimeSpan fallback, int window = 64)
    {
        _trace = trace;
        _fallback = fallback;
        _medians = [.. trace.Clusters.Select(_ => new RollingMedian(window))];
    }

    /// <inheritdoc/>
    public TimeSpan Of(int job) => _medians[_trace.ClusterOf[job]].Median ?? _fallback;

    /// <inheritdoc/>
    public void Completed(int job) => _medians[_trace.ClusterOf[job]].Add(_trace.Jobs[job].Duration);
}

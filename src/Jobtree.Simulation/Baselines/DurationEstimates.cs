using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// The expected duration of a job, given what is known at the time of the call. A job is its index in the trace.
/// </summary>
internal interface IDurationEstimates
{
    /// <summary>The expected duration of a job, greater than zero.</summary>
    /// <param name="job">The job.</param>
    TimeSpan Of(int job);

    /// <summary>Records a job that ended.</summary>
    /// <param name="job">The job.</param>
    void Completed(int job);
}

/// <summary>Selects the estimates that a replay's options request.</summary>
internal static class DurationEstimates
{
    /// <summary>Creates the estimates for one run of one trace.</summary>
    public static IDurationEstimates For(JobTrace trace, ReplayOptions options) => options.Estimates switch
    {
        DurationKnowledge.Exact => new ExactEstimates(trace),
        DurationKnowledge.None => new FixedEstimates(options.DefaultDuration),
        DurationKnowledge.Stated => new StatedEstimates(
            trace, options, new HistoryEstimates(trace, options.DefaultDuration)),
        _ => new HistoryEstimates(trace, options.DefaultDuration),
    };
}

/// <summary>A job's stated duration, or another estimate if it states none.</summary>
internal sealed class StatedEstimates(JobTrace trace, ReplayOptions options, IDurationEstimates others)
    : IDurationEstimates
{
    /// <inheritdoc/>
    public TimeSpan Of(int job) => options.StatedBy(trace.Jobs[job]) ?? others.Of(job);

    /// <inheritdoc/>
    public void Completed(int job) => others.Completed(job);
}

/// <summary>Every job states its exact duration.</summary>
internal sealed class ExactEstimates(JobTrace trace) : IDurationEstimates
{
    /// <inheritdoc/>
    public TimeSpan Of(int job) => trace.Jobs[job].Duration;

    /// <inheritdoc/>
    public void Completed(int job)
    {
    }
}

/// <summary>Nothing is known: every job has the same expected duration.</summary>
internal sealed class FixedEstimates(TimeSpan duration) : IDurationEstimates
{
    /// <inheritdoc/>
    public TimeSpan Of(int job) => duration;

    /// <inheritdoc/>
    public void Completed(int job)
    {
    }
}

/// <summary>
/// The median of the last durations of a job's owner; of its virtual cluster while there are none; a default if no job
/// of the cluster has ended yet.
/// </summary>
internal sealed class HistoryEstimates : IDurationEstimates
{
    private readonly JobTrace _trace;
    private readonly TimeSpan _fallback;
    private readonly RollingMedian[] _ofOwners;
    private readonly RollingMedian[] _ofClusters;

    /// <summary>Starts with no known durations.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="fallback">The estimate for a cluster without ended jobs.</param>
    /// <param name="window">How many durations are retained per owner and per cluster.</param>
    public HistoryEstimates(JobTrace trace, TimeSpan fallback, int window = 64)
    {
        _trace = trace;
        _fallback = fallback;
        _ofOwners = [.. trace.Owners.Select(_ => new RollingMedian(window))];
        _ofClusters = [.. trace.Clusters.Select(_ => new RollingMedian(window))];
    }

    /// <inheritdoc/>
    public TimeSpan Of(int job) =>
        _ofOwners[_trace.OwnerOf[job]].Median ?? _ofClusters[_trace.ClusterOf[job]].Median ?? _fallback;

    /// <inheritdoc/>
    public void Completed(int job)
    {
        _ofOwners[_trace.OwnerOf[job]].Add(_trace.Jobs[job].Duration);
        _ofClusters[_trace.ClusterOf[job]].Add(_trace.Jobs[job].Duration);
    }
}

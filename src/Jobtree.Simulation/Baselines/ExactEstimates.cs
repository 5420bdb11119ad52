using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>Every job says truly how long it runs.</summary>
internal sealed class ExactEstimates(JobTrace trace) : IDurationEstimates
{
    /// <inheritdoc/>
    public TimeSpan Of(int job) => trace.Jobs[job].Duration;

    /// <inheritdoc/>
    public void Completed(int job)
    {
    }
}

namespace Jobtree.Simulation.Baselines;

/// <summary>Nothing is known: every job is taken for the same duration.</summary>
internal sealed class FixedEstimates(TimeSpan duration) : IDurationEstimates
{
    /// <inheritdoc/>
    public TimeSpan Of(int job) => duration;

    /// <inheritdoc/>
    public void Completed(int job)
    {
    }
}

using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// The mean duration of the owner's jobs of the same width that have ended; of all its jobs while there are none; of
/// all owners' jobs, and a default, while there are none of these either.
/// </summary>
internal sealed class MeanEstimates(JobTrace trace, TimeSpan fallback) : IDurationEstimates
{
    private readonly Dictionary<(int Owner, int Gpus), Sum> _byWidth = [];
    private readonly Dictionary<int, Sum> _byOwner = [];
    private Sum _all;

    /// <inheritdoc/>
    public TimeSpan Of(int job)
    {
        var owner = trace.OwnerOf[job];
        return _byWidth.GetValueOrDefault((owner, trace.Jobs[job].Gpus)).Mean
            ?? _byOwner.GetValueOrDefault(owner).Mean ?? _all.Mean ?? fallback;
    }

    /// <inheritdoc/>
    public void Completed(int job)
    {
        var (owner, traced) = (trace.OwnerOf[job], trace.Jobs[job]);
        var alike = (owner, traced.Gpus);
        _byWidth[alike] = _byWidth.GetValueOrDefault(alike).With(traced.Duration);
        _byOwner[owner] = _byOwner.GetValueOrDefault(owner).With(traced.Duration);
        _all = _all.With(traced.Duration);
    }

    private readonly record struct Sum(TimeSpan Total, int Count)
    {
        public TimeSpan? Mean => Count == 0 ? null : Total / Count;

        public Sum With(TimeSpan duration) => new(Total + duration, Count + 1);
    }
}

using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// Highest response ratio next (Brinch Hansen 1971) on one pool: the order of Jobtree's queue without placement,
/// budgets, reservations and cuts. Whoever has the greatest wait over expected duration is considered first. One that
/// does not fit is overtaken by those behind it in that order, until it has waited for 12 hours: then they wait for it.
/// </summary>
internal sealed class ResponseRatio(JobTrace trace, ReplayOptions options) : IQueuePolicy
{
    private static readonly TimeSpan OvertakenMax = TimeSpan.FromHours(12);

    private readonly MeanEstimates _estimates = new(trace, options.DefaultDuration);
    private readonly Dictionary<WaitingClass, Queue<int>> _waiting = [];
    private int _free = options.FleetGpus;

    /// <inheritdoc/>
    public bool Submit(int job)
    {
        if (trace.Jobs[job].Gpus > options.FleetGpus)
            return false;
        var alike = ClassOf(job);
        if (!_waiting.TryGetValue(alike, out var queue))
            _waiting.Add(alike, queue = new Queue<int>());
        queue.Enqueue(job);
        return true;
    }

    /// <inheritdoc/>
    public void Finish(int job)
    {
        _free += trace.Jobs[job].Gpus;
        _estimates.Completed(job);
    }

    /// <inheritdoc/>
    public void Schedule(TimeSpan now, List<int> starts)
    {
        while (_free > 0 && First(now) is { } job && trace.Jobs[job].Gpus <= _free)
        {
            var alike = ClassOf(job);
            _waiting[alike].Dequeue();
            if (_waiting[alike].Count == 0)
                _waiting.Remove(alike);
            _free -= trace.Jobs[job].Gpus;
            starts.Add(job);
        }
    }

    /// <summary>The job with the greatest ratio of those that fit or must not be overtaken any more.</summary>
    private int? First(TimeSpan now)
    {
        int? first = null;
        var greatest = double.NegativeInfinity;
        foreach (var (alike, queue) in _waiting)
        {
            var job = queue.Peek();
            var waited = now - trace.Jobs[job].Submit;
            if (alike.Gpus > _free && waited < OvertakenMax)
                continue;
            var ratio = waited / Expected(alike, job);
            if (ratio > greatest || (ratio == greatest && job < first))
                (first, greatest) = (job, ratio);
        }

        return first;
    }

    private TimeSpan Expected(WaitingClass alike, int job) =>
        alike.Stated ?? (options.Estimates == DurationKnowledge.None ? options.DefaultDuration : _estimates.Of(job));

    private WaitingClass ClassOf(int job) =>
        new(trace.OwnerOf[job], trace.Jobs[job].Gpus, options.StatedBy(trace.Jobs[job]));

    /// <summary>Jobs with the same expected duration: the first to arrive has the greatest ratio.</summary>
    private readonly record struct WaitingClass(int Owner, int Gpus, TimeSpan? Stated);
}

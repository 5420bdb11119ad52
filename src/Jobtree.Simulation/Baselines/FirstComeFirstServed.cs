using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>Starts jobs strictly in order of arrival: while the head does not fit, no later job starts.</summary>
internal sealed class FirstComeFirstServed(JobTrace trace, int gpus) : IQueuePolicy
{
    private readonly Queue<int> _queue = new();
    private int _used;

    /// <inheritdoc/>
    public bool Submit(int job)
    {
        if (trace.Jobs[job].Gpus > gpus)
            return false;
        _queue.Enqueue(job);
        return true;
    }

    /// <inheritdoc/>
    public void Finish(int job) => _used -= trace.Jobs[job].Gpus;

    /// <inheritdoc/>
    public void Schedule(TimeSpan now, List<int> starts)
    {
        while (_queue.TryPeek(out var head) && trace.Jobs[head].Gpus <= gpus - _used)
        {
            _used += trace.Jobs[head].Gpus;
            starts.Add(_queue.Dequeue());
        }
    }
}

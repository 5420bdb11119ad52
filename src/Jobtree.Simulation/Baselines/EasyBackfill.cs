using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>
/// EASY backfill. If the head of the queue does not fit, it gets a reservation at the earliest instant at which enough
/// running jobs are expected to have ended. A later job may start now if it is expected to end by then, or if it leaves
/// enough GPUs for the head anyway. A running job that exceeds its estimate is not killed: its estimate is doubled
/// until it lies in the future, as is common for predictors.
/// </summary>
internal sealed class EasyBackfill(JobTrace trace, int gpus, IDurationEstimates estimates) : IQueuePolicy
{
    private readonly LinkedList<int> _queue = new();
    private readonly SortedSet<(TimeSpan End, int Job)> _expected = [];
    private readonly Dictionary<int, Running> _running = [];
    private readonly Dictionary<int, TimeSpan> _promises = [];
    private int _used;

    /// <summary>The promised start of each job, set when the job first waited at the head.</summary>
    public IReadOnlyDictionary<int, TimeSpan> Promises => _promises;

    private int Free => gpus - _used;

    /// <inheritdoc/>
    public bool Submit(int job)
    {
        if (trace.Jobs[job].Gpus > gpus)
            return false;
        _queue.AddLast(job);
        return true;
    }

    /// <inheritdoc/>
    public void Finish(int job)
    {
        _running.Remove(job, out var running);
        _expected.Remove((running.End, job));
        _used -= trace.Jobs[job].Gpus;
        estimates.Completed(job);
    }

    /// <inheritdoc/>
    public void Schedule(TimeSpan now, List<int> starts)
    {
        while (_queue.First is { } head && trace.Jobs[head.Value].Gpus <= Free)
            Start(head, now, estimates.Of(head.Value), starts);
        if (_queue.First is { } blocked && blocked.Next is not null && Free > 0)
            Backfill(blocked, now, starts);
        else if (_queue.First is { } waiting && !_promises.ContainsKey(waiting.Value))
            _promises[waiting.Value] = Reserve(waiting.Value, now).Start;
    }

    private void Backfill(LinkedListNode<int> head, TimeSpan now, List<int> starts)
    {
        var (reserved, extra) = Reserve(head.Value, now);
        _promises.TryAdd(head.Value, reserved);
        for (var next = head.Next; next is not null && Free > 0;)
        {
            var candidate = next;
            next = next.Next;
            var wanted = trace.Jobs[candidate.Value].Gpus;
            if (wanted > Free)
                continue;
            var estimate = estimates.Of(candidate.Value);
            var outlasts = now + estimate > reserved;
            if (outlasts && wanted > extra)
                continue;
            if (outlasts)
                extra -= wanted;
            Start(candidate, now, estimate, starts);
        }
    }

    /// <summary>When the head is expected to fit, and how many GPUs will then be left over.</summary>
    private (TimeSpan Start, int Extra) Reserve(int head, TimeSpan now)
    {
        Correct(now);
        var wanted = trace.Jobs[head].Gpus;
        var free = Free;
        var start = now;
        foreach (var (end, job) in _expected)
        {
            if (free >= wanted && end > start)
                break;
            free += trace.Jobs[job].Gpus;
            start = end;
        }

        return (start, free - wanted);
    }

    private void Correct(TimeSpan now)
    {
        while (_expected.Count > 0 && _expected.Min is var (end, job) && end <= now)
        {
            var running = _running[job];
            var estimate = running.Estimate;
            while (running.Start + estimate <= now)
                estimate *= 2;
            _expected.Remove((end, job));
            Expect(job, running with { Estimate = estimate });
        }
    }

    private void Start(LinkedListNode<int> node, TimeSpan now, TimeSpan estimate, List<int> starts)
    {
        _queue.Remove(node);
        _used += trace.Jobs[node.Value].Gpus;
        Expect(node.Value, new Running(now, estimate));
        starts.Add(node.Value);
    }

    private void Expect(int job, Running running)
    {
        _running[job] = running;
        _expected.Add((running.End, job));
    }

    private readonly record struct Running(TimeSpan Start, TimeSpan Estimate)
    {
        public TimeSpan End => Start + Estimate;
    }
}

namespace Jobtree.Simulation.Baselines;

/// <summary>The median of the most recent durations.</summary>
/// <param name="window">How many durations are retained.</param>
internal sealed class RollingMedian(int window)
{
    private readonly Queue<TimeSpan> _seen = new();
    private readonly List<TimeSpan> _sorted = [];

    /// <summary>The median; for an even count, the mean of the middle two. Null before the first duration.</summary>
    public TimeSpan? Median { get; private set; }

    /// <summary>Adds a duration and drops the oldest one beyond the window.</summary>
    /// <param name="duration">The duration.</param>
    public void Add(TimeSpan duration)
    {
        if (_seen.Count == window)
            _sorted.RemoveAt(_sorted.BinarySearch(_seen.Dequeue()));
        _seen.Enqueue(duration);
        var at = _sorted.BinarySearch(duration);
        _sorted.Insert(at < 0 ? ~at : at, duration);
        var middle = _sorted.Count / 2;
        Median = _sorted.Count % 2 == 1 ? _sorted[middle] : (_sorted[middle - 1] + _sorted[middle]) / 2;
    }
}

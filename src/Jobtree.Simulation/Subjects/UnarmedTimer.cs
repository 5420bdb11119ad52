namespace Jobtree.Simulation.Subjects;

/// <summary>A timer that is made but never set: under virtual time nothing may wait for one.</summary>
internal sealed class UnarmedTimer : ITimer
{
    /// <summary>Makes the timer.</summary>
    /// <param name="due">When it is to ring; only never is allowed.</param>
    public UnarmedTimer(TimeSpan due) => Change(due, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period) =>
        dueTime == Timeout.InfiniteTimeSpan ? true : throw new InvalidOperationException(
            "Under virtual time nothing may wait for a timer.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

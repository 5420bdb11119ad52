namespace Jobtree.Grains.Hosting;

/// <summary>
/// Runs a grain's calls one at a time, first come first served; calls that need no turn are not held up. Orleans can do
/// this with a predicate, which costs each activation a dictionary. Use it only on the grain's own scheduler, and do
/// not copy it.
/// </summary>
internal struct Turns
{
    private bool isTaken;
    private Queue<TaskCompletionSource>? waiting;

    /// <summary>Whether a call has the turn.</summary>
    public readonly bool IsTaken => isTaken;

    /// <summary>Waits for a turn; it lasts until <see cref="Leave"/>.</summary>
    public ValueTask Enter()
    {
        if (!isTaken)
        {
            isTaken = true;
            return ValueTask.CompletedTask;
        }
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (waiting ??= new()).Enqueue(next);
        return new ValueTask(next.Task);
    }

    /// <summary>Ends a turn; the next call in the queue takes it directly.</summary>
    public void Leave()
    {
        if (waiting is not null && waiting.TryDequeue(out var next))
            next.SetResult();
        else
            isTaken = false;
    }
}

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Lets the calls of a grain have turns one at a time, first come first served, while others that need none go by.
/// Orleans can do so too, with a predicate that costs each activation a dictionary. To be used on the grain's own
/// scheduler only, and not copied.
/// </summary>
internal struct Turns
{
    private bool isTaken;
    private Queue<TaskCompletionSource>? waiting;

    /// <summary>Whether somebody has the turn.</summary>
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

    /// <summary>Ends a turn; the next in the queue has it now.</summary>
    public void Leave()
    {
        if (waiting is not null && waiting.TryDequeue(out var next))
            next.SetResult();
        else
            isTaken = false;
    }
}

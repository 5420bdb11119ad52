namespace Jobtree.Actors.Local;

/// <summary>
/// Lets one turn at a time into an actor, in the order of arrival. A free lane is entered on the caller's own stack, without a queue or a thread
/// switch, so an uncontended message costs little more than a call.
/// </summary>
internal sealed class Lane
{
    private Queue<TaskCompletionSource>? waiting;
    private bool busy;

    /// <summary>Waits for the actor's turn.</summary>
    public ValueTask Enter()
    {
        lock (this)
        {
            if (!busy)
            {
                busy = true;
                return ValueTask.CompletedTask;
            }
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (waiting ??= new Queue<TaskCompletionSource>()).Enqueue(turn);
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>Ends the turn, and lets the next one in.</summary>
    public void Leave()
    {
        TaskCompletionSource next;
        lock (this)
        {
            if (waiting is null || !waiting.TryDequeue(out next!))
            {
                busy = false;
                return;
            }
        }
        next.SetResult();
    }
}

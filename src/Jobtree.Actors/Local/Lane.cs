namespace Jobtree.Actors.Local;

/// <summary>
/// Lets one turn at a time into an actor, in the order of arrival. A free lane is entered on the caller's own stack, without a queue or a thread
/// switch, so an uncontended message costs little more than a call. A turn is usually over in microseconds, less than handing it on would take: so a caller looks again for about as long
/// before it queues.
/// </summary>
internal sealed class Lane
{
    private const int LooksMax = 10;

    private Queue<TaskCompletionSource>? waiting;
    private bool busy;

    /// <summary>Waits for the actor's turn.</summary>
    public ValueTask Enter()
    {
        if (TryEnter())
            return ValueTask.CompletedTask;
        var looks = default(SpinWait);
        for (var i = 0; i < LooksMax; i++)
        {
            looks.SpinOnce(sleep1Threshold: -1);
            if (!Volatile.Read(ref busy) && TryEnter())
                return ValueTask.CompletedTask;
        }
        return Queue();
    }

    /// <summary>Ends the turn, and lets the next one in.</summary>
    public void Leave()
    {
        TaskCompletionSource next;
        lock (this)
        {
            if (waiting is null || !waiting.TryDequeue(out next!))
            {
                Volatile.Write(ref busy, false);
                return;
            }
        }
        next.SetResult();
    }

    /// <summary>Enters when nobody is in, and so nobody waits: who waits is let in before the lane is ever free.</summary>
    private bool TryEnter()
    {
        lock (this)
        {
            if (busy)
                return false;
            busy = true;
            return true;
        }
    }

    private ValueTask Queue()
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
}

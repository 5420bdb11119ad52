namespace Jobtree.Actors.Local;

/// <summary>
/// Lets one turn at a time into an actor. A free lane is entered on the caller's own stack, without a queue or a thread
/// switch, so an uncontended message costs little more than a call. A turn is usually over in microseconds, less than waking a thread takes: so a caller looks again for about as long
/// before it queues.
/// </summary>
/// <remarks>
/// A lane that is left is free at once, for whoever comes first; if it were kept for one who is still to be woken, everybody else would have to queue as well. Nobody waits for ever all the same: the
/// lane is handed to one who was woken in vain as soon as it is left again, and those who queue are woken in the order of arrival.
/// </remarks>
internal sealed class Lane
{
    private const int LooksMax = 30;

    private Queue<TaskCompletionSource>? waiting;
    private TaskCompletionSource? wokenInVain;
    private bool isBusy;
    private bool isWaking;

    /// <summary>Takes a turn that has an answer; the lane is left when it is there.</summary>
    public ValueTask<TAnswer> Turn<TState, TAnswer>(TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
        var entered = Enter();
        if (!entered.IsCompletedSuccessfully)
            return Later(entered, state, turn);
        var answer = default(ValueTask<TAnswer>);
        var isOver = true;
        try
        {
            answer = turn(state);
            isOver = answer.IsCompleted;
        }
        finally
        {
            if (isOver)
                Leave();
        }
        return isOver ? answer : LeaveAfter(answer);
    }

    /// <summary>Takes a turn without an answer.</summary>
    public async ValueTask Turn<TState>(TState state, Func<TState, ValueTask> turn)
    {
        await Enter();
        try
        {
            await turn(state);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits for the actor's turn.</summary>
    public ValueTask Enter()
    {
        if (TryEnter())
            return ValueTask.CompletedTask;
        var looks = default(SpinWait);
        for (var i = 0; i < LooksMax; i++)
        {
            looks.SpinOnce(sleep1Threshold: -1);
            if (!Volatile.Read(ref isBusy) && TryEnter())
                return ValueTask.CompletedTask;
        }
        return Queue();
    }

    /// <summary>Ends the turn.</summary>
    public void Leave()
    {
        TaskCompletionSource? next;
        lock (this)
        {
            next = wokenInVain;
            wokenInVain = null;
            if (next is null)
            {
                Volatile.Write(ref isBusy, false);
                if (isWaking || waiting is null || !waiting.TryDequeue(out next))
                    return;
                isWaking = true;
            }
        }
        next.SetResult();
    }

    private async ValueTask<TAnswer> Later<TState, TAnswer>(ValueTask entered, TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
        await entered;
        try
        {
            return await turn(state);
        }
        finally
        {
            Leave();
        }
    }

    private async ValueTask<TAnswer> LeaveAfter<TAnswer>(ValueTask<TAnswer> answer)
    {
        try
        {
            return await answer;
        }
        finally
        {
            Leave();
        }
    }

    private bool TryEnter()
    {
        lock (this)
        {
            if (isBusy)
                return false;
            isBusy = true;
            return true;
        }
    }

    private async ValueTask Queue()
    {
        var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (this)
        {
            if (!isBusy)
            {
                isBusy = true;
                return;
            }
            (waiting ??= new Queue<TaskCompletionSource>()).Enqueue(woken);
        }
        await woken.Task;
        lock (this)
        {
            isWaking = false;
            if (!isBusy)
            {
                isBusy = true;
                return;
            }
            woken = wokenInVain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        await woken.Task;
    }
}

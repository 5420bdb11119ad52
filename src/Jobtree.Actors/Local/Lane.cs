namespace Jobtree.Actors.Local;

/// <summary>
/// Lets one turn at a time into an actor that may wait within it, in the order of arrival. A free lane is entered on
/// the caller's own stack, without a queue or a thread switch, so an uncontended message costs little more than a call.
/// </summary>
internal sealed class Lane
{
    private Queue<TaskCompletionSource>? waiting;
    private bool isBusy;

    /// <summary>Takes a turn that has an answer; the lane is left when it is there.</summary>
    public ValueTask<TAnswer> Turn<TState, TAnswer>(TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
        var entered = Enter();
        return entered.IsCompletedSuccessfully ? Inside(state, turn) : Later(entered, state, turn);
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
        lock (this)
        {
            // Who waits is let in before the lane is ever free.
            if (!isBusy)
            {
                isBusy = true;
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
                isBusy = false;
                return;
            }
        }
        next.SetResult();
    }

    private async ValueTask<TAnswer> Later<TState, TAnswer>(
        ValueTask entered, TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
        await entered;
        return await Inside(state, turn);
    }

    private ValueTask<TAnswer> Inside<TState, TAnswer>(TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
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
}

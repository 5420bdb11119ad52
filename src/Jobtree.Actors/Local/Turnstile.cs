namespace Jobtree.Actors.Local;

/// <summary>
/// Takes the turns of an actor that never waits within one, in the order of arrival. A free one is passed on the
/// caller's own stack. Whoever is in also takes the turns of those who came meanwhile: the actor is never idle while a
/// thread is woken, and its state stays with one processor.
/// </summary>
internal sealed class Turnstile : IThreadPoolWorkItem
{
    // More of them would yield the processor each time, which costs more than the queue.
    private const int LooksMax = 10;
    private const int TurnsForOthersMax = 64;

    private readonly Queue<Turn> waiting = new();
    private bool isBusy;

    /// <summary>Takes a turn. What it does it does before it returns; its answer may come later.</summary>
    public ValueTask<TAnswer> Take<TState, TAnswer>(TState state, Func<TState, ValueTask<TAnswer>> turn)
    {
        if (!TryEnter())
        {
            var queued = new Turn<TState, TAnswer>(state, turn);
            if (!TryEnter(queued))
                return queued.Answer;
        }
        try
        {
            return turn(state);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes the turns of those who wait, on a thread of the pool.</summary>
    public void Execute() => Leave();

    private bool TryEnter()
    {
        // A turn is usually over in microseconds, less than an answer by another thread takes.
        var looks = default(SpinWait);
        for (var i = 0; i <= LooksMax; i++)
        {
            if (i > 0)
                looks.SpinOnce(sleep1Threshold: -1);
            if (Volatile.Read(ref isBusy))
                continue;
            lock (waiting)
            {
                if (isBusy)
                    continue;
                isBusy = true;
                return true;
            }
        }
        return false;
    }

    private bool TryEnter(Turn otherwise)
    {
        lock (waiting)
        {
            if (!isBusy)
                return isBusy = true;
            waiting.Enqueue(otherwise);
            return false;
        }
    }

    private void Leave()
    {
        for (var turns = 0; turns < TurnsForOthersMax; turns++)
        {
            Turn? next;
            lock (waiting)
            {
                if (!waiting.TryDequeue(out next))
                {
                    Volatile.Write(ref isBusy, false);
                    return;
                }
            }
            next.Take();
        }
        // The caller has done enough for others, and is let go.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private abstract class Turn
    {
        public abstract void Take();
    }

    private sealed class Turn<TState, TAnswer>(TState state, Func<TState, ValueTask<TAnswer>> turn) : Turn
    {
        private readonly TaskCompletionSource<TAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<TAnswer> Answer => new(answer.Task);

        public override void Take() => _ = TakeAndAnswer();

        private async Task TakeAndAnswer()
        {
            try
            {
                answer.SetResult(await turn(state));
            }
            catch (Exception failure)
            {
                answer.SetException(failure);
            }
        }
    }
}

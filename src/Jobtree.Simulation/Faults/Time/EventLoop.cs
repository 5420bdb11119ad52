namespace Jobtree.Simulation.Faults.Time;

/// <summary>
/// Virtual time, and what is due when. One thread takes the next thing due, moves time there and does it; things due at
/// the same instant are done in the order in which they were planned.
/// </summary>
/// <param name="epoch">The first instant.</param>
internal sealed class EventLoop(DateTimeOffset epoch)
{
    private readonly PriorityQueue<Action, (long At, long Order)> due = new();
    private long order;

    /// <summary>The instant, in ticks since the first.</summary>
    public long Now { get; private set; }

    /// <summary>The instant.</summary>
    public DateTimeOffset Time => epoch.AddTicks(Now);

    /// <summary>How many things were done.</summary>
    public long Done { get; private set; }

    /// <summary>Plans something.</summary>
    /// <param name="at">When, in ticks since the first instant; what is past is due at once.</param>
    /// <param name="what">What to do.</param>
    public void At(long at, Action what) => due.Enqueue(what, (Math.Max(at, Now), order++));

    /// <summary>Plans something after a while.</summary>
    /// <param name="wait">How long, in ticks.</param>
    /// <param name="what">What to do.</param>
    public void In(long wait, Action what) => At(Now + wait, what);

    /// <summary>Completes after a while, for callers with a <see cref="TurnContext"/>.</summary>
    /// <param name="wait">How long, in ticks.</param>
    public Task Delay(long wait)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        In(wait, over.SetResult);
        return over.Task;
    }

    /// <summary>Does what is due up to an instant, while a condition holds, and moves time there.</summary>
    /// <param name="at">The instant, in ticks since the first.</param>
    /// <param name="goesOn">Whether to go on.</param>
    public void RunUntil(long at, Func<bool> goesOn)
    {
        while (goesOn() && due.TryPeek(out _, out var next) && next.At <= at)
        {
            var what = due.Dequeue();
            Now = next.At;
            Done++;
            what();
        }
        Now = Math.Max(Now, at);
    }
}

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Does an actor's work in the background, one step at a time, until none is left: delivers an outbox, saves a
/// snapshot, sets a reminder. Work that is not urgent lingers, so that one step does more of it; a step that fails is
/// repeated after a pause.
/// </summary>
/// <remarks>
/// To be woken on the grain's own scheduler, on which it also works: it needs no lock. After <see cref="Stop"/> it
/// begins no step any more.
/// </remarks>
/// <param name="time">The clock of its pauses.</param>
/// <param name="hasWork">Whether something is to be done.</param>
/// <param name="work">Does some of it.</param>
/// <param name="failed">Is told why a step failed.</param>
internal sealed class WorkPump(
    TimeProvider time, Func<bool> hasWork, Func<ValueTask> work, Action<Exception> failed)
{
    private readonly TaskCompletionSource stop = new();
    private bool isRunning;
    private TaskCompletionSource? lingering;

    /// <summary>How long work waits for more.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>
    /// Whether the work must not linger; absent: it never lingers for long, see <see cref="Linger"/>.
    /// </summary>
    public Func<bool>? IsUrgent { get; init; }

    /// <summary>How long after a step that failed it is repeated.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Done when the work that is under way is.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    private bool IsStopped => stop.Task.IsCompleted;

    /// <summary>Says that there may be work; costs next to nothing when there is none or it is under way.</summary>
    public void Wake()
    {
        if (lingering is not null && IsUrgent?.Invoke() == true)
            lingering.TrySetResult();
        if (!isRunning && !IsStopped && hasWork())
            Running = Run();
    }

    /// <summary>Ends the work after the present step, which <see cref="Running"/> waits for.</summary>
    public void Stop() => stop.TrySetResult();

    private async Task Run()
    {
        isRunning = true;
        while (!IsStopped && hasWork())
        {
            if (Linger > TimeSpan.Zero && IsUrgent?.Invoke() != true)
                await WaitForMore();
            if (!IsStopped)
                await Step();
        }
        isRunning = false;
    }

    private async Task WaitForMore()
    {
        var hurry = lingering = new TaskCompletionSource();
        await Task.WhenAny(hurry.Task, stop.Task, Task.Delay(Linger, time));
        lingering = null;
    }

    private async Task Step()
    {
        try
        {
            await work();
        }
        catch (Exception failure)
        {
            failed(failure);
            await Task.WhenAny(stop.Task, Task.Delay(RetryPause, time));
        }
    }
}

using System.Diagnostics;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Does an actor's background work, one step at a time, until none is left: delivers an outbox, saves a snapshot, sets
/// a reminder. Work that is not urgent lingers, so that one step does more of it. A failed step is retried after a
/// pause.
/// </summary>
/// <remarks>
/// Wake it on the grain's own scheduler, on which it also works: it needs no lock. After <see cref="Stop"/> it starts
/// no more steps.
/// </remarks>
/// <param name="time">The clock for pauses.</param>
/// <param name="hasWork">Whether there is work.</param>
/// <param name="work">Does one step of the work.</param>
/// <param name="failed">Called with the reason when a step fails.</param>
internal sealed class WorkPump(
    TimeProvider time, Func<bool> hasWork, Func<ValueTask> work, Action<Exception> failed)
{
    private readonly TaskCompletionSource stop = new();
    private bool isRunning;
    private TaskCompletionSource? lingering;

    /// <summary>How long work waits for more work to join it.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>Whether the work must not linger; absent: it lingers for <see cref="Linger"/>.</summary>
    public Func<bool>? IsUrgent { get; init; }

    /// <summary>The pause before a failed step is retried.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Completes when the work in progress ends.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    private bool IsStopped => stop.Task.IsCompleted;

    /// <summary>Signals that there may be work; nearly free when there is none or the pump already runs.</summary>
    public void Wake()
    {
        if (lingering is not null && IsUrgent?.Invoke() == true)
            lingering.TrySetResult();
        if (!isRunning && !IsStopped && hasWork())
            Running = Run();
    }

    /// <summary>Ends the work after the current step, which <see cref="Running"/> waits for.</summary>
    public void Stop() => stop.TrySetResult();

    private async Task Run()
    {
        isRunning = true;
        // The work is that of many commands, so it is not part of the trace of the one that woke the pump.
        Activity.Current = null;
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

namespace Jobtree.Actors.Local;

/// <summary>Rings for flavors when something of theirs is due: one timer for all.</summary>
internal sealed class LocalAlarm : IAsyncDisposable
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(30);

    private readonly PriorityQueue<LocalFlavor, DateTimeOffset> due = new();
    private readonly TimeProvider time;
    private readonly Func<LocalFlavor, Task> ring;
    private readonly ITimer timer;

    public LocalAlarm(TimeProvider time, Func<LocalFlavor, Task> ring)
    {
        (this.time, this.ring) = (time, ring);
        timer = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Set(LocalFlavor flavor, DateTimeOffset at)
    {
        lock (due)
        {
            due.Enqueue(flavor, at);
            Arm();
        }
    }

    public ValueTask DisposeAsync() => timer.DisposeAsync();

    private void Ring()
    {
        var ready = new List<LocalFlavor>();
        lock (due)
        {
            while (due.TryPeek(out var flavor, out var at) && at <= time.GetUtcNow())
            {
                due.Dequeue();
                ready.Add(flavor);
            }
            Arm();
        }
        foreach (var flavor in ready.Distinct())
            _ = ring(flavor);
    }

    private void Arm()
    {
        if (!due.TryPeek(out _, out var at))
            return;
        var wait = at - time.GetUtcNow();
        timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > TimerMax ? TimerMax : wait,
            Timeout.InfiniteTimeSpan);
    }
}

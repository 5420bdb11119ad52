namespace Jobtree.Silo.Demo;

/// <summary>What is to be done when. Each entry is begun at its time and not awaited by those behind it.</summary>
/// <param name="time">The clock.</param>
internal sealed class Agenda(TimeProvider time)
{
    /// <summary>How exact the times are; a silo takes thousands of requests in this time.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>More are not in flight at a time; what is due then comes later.</summary>
    private const int InFlightMax = 32;

    private readonly Lock gate = new();
    private readonly PriorityQueue<Func<Task>, (TimeSpan At, long Order)> entries = new();
    private readonly long began = time.GetTimestamp();
    private long order;

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Now => time.GetElapsedTime(began);

    /// <summary>Adds an entry.</summary>
    /// <param name="at">When, since the beginning; what is past is begun at once.</param>
    /// <param name="what">What is done. Its failure ends the agenda.</param>
    public void Add(TimeSpan at, Func<Task> what)
    {
        lock (gate)
            entries.Enqueue(what, (at, order++));
    }

    /// <summary>Works through the entries, those that come meanwhile included, until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        var inFlight = new List<Task>(InFlightMax);
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            foreach (var ended in inFlight.Where(static task => task.IsCompleted).ToList())
            {
                inFlight.Remove(ended);
                await ended;
            }

            while (inFlight.Count < InFlightMax && Due() is { } what)
                inFlight.Add(what());
        }
    }

    private Func<Task>? Due()
    {
        lock (gate)
            return entries.TryPeek(out _, out var next) && next.At <= Now ? entries.Dequeue() : null;
    }
}

namespace Jobtree.Cli.Tests.Support;

/// <summary>
/// A clock in UTC that moves only by what is waited for: every timer goes off at once, and the clock is then as much
/// later as it was set for. So what waits for minutes takes no time, and knows that minutes went by. Waits of less than
/// a second, as for a lock of another command, are real.
/// </summary>
internal sealed class SteppingTime(DateTimeOffset begin) : TimeProvider
{
    private readonly Lock gate = new();
    private DateTimeOffset now = begin;

    /// <summary>What was waited for.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    /// <summary>Lets time go by.</summary>
    public void Advance(TimeSpan span)
    {
        lock (gate)
            now += span;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.FromSeconds(1))
            return System.CreateTimer(callback, state, dueTime, period);
        lock (gate)
        {
            Pauses.Add(dueTime);
            now += dueTime;
        }
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

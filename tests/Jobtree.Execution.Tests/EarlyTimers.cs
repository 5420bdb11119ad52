namespace Jobtree.Execution.Tests;

/// <summary>
/// A clock whose timers fire a little before their instant, as those of the system do by up to a millisecond. Counts
/// them.
/// </summary>
internal sealed class EarlyTimers(FakeTimeProvider time, TimeSpan early) : TimeProvider
{
    public int Made { get; private set; }

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() - early;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Made++;
        return time.CreateTimer(callback, state, dueTime, period);
    }
}

using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Http;

/// <summary>
/// A clock that stands at noon and whose timers go off at once, so that no test waits for a pause between attempts.
/// </summary>
internal sealed class QuickTime : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => FixedTime.Noon.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
}

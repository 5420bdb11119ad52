namespace Jobtree.Cli.Tests.State;

/// <summary>A clock that a test turns, in UTC.</summary>
internal sealed class TurningTime(DateTimeOffset start) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = start;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Now;
}

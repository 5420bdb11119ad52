namespace Jobtree.Actors.Tests.Fleets;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    public static DateTimeOffset Epoch { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; set; } = Epoch;

    public override DateTimeOffset GetUtcNow() => Now;
}

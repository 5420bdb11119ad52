namespace Jobtree.Simulation.Subjects;

/// <summary>A clock that stands still until it is moved, for a fleet that is stepped.</summary>
/// <param name="start">Where it begins.</param>
internal sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves the clock.</summary>
    /// <param name="instant">The instant, not before the present one.</param>
    /// <exception cref="InvalidOperationException">The instant has passed.</exception>
    public void AdvanceTo(DateTimeOffset instant) =>
        _now = instant >= _now ? instant : throw new InvalidOperationException(
            $"Virtual time is {_now:O} and cannot go back to {instant:O}.");

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;

    /// <inheritdoc/>
    public override long GetTimestamp() => _now.UtcTicks;
}

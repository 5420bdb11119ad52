namespace Jobtree.Simulation.Subjects;

/// <summary>A manual clock for a stepped fleet.</summary>
/// <param name="start">The initial instant.</param>
internal sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Advances the clock.</summary>
    /// <param name="instant">The instant, not earlier than the current one.</param>
    /// <exception cref="InvalidOperationException">The instant is in the past.</exception>
    public void AdvanceTo(DateTimeOffset instant) =>
        _now = instant >= _now ? instant : throw new InvalidOperationException(
            $"Virtual time is {_now:O} and cannot go back to {instant:O}.");

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;

    /// <inheritdoc/>
    public override long GetTimestamp() => _now.UtcTicks;
}

namespace Jobtree.Actors.Tests.Fleets;

/// <summary>The time of the fleets in tests: it begins at one instant and stands still until it is moved.</summary>
internal static class VirtualTime
{
    public static DateTimeOffset Epoch { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public static FakeTimeProvider Begin() => new(Epoch);

    /// <summary>Moves the clock to an instant, unless it is past that.</summary>
    public static void MoveTo(this FakeTimeProvider time, DateTimeOffset at)
    {
        if (at > time.GetUtcNow())
            time.SetUtcNow(at);
    }
}

using Jobtree.Simulation.Subjects;

namespace Jobtree.Simulation.Tests.Subjects;

public sealed class VirtualTimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_stands_until_it_is_moved_and_never_goes_back()
    {
        var time = new VirtualTime(Start);
        var stamp = time.GetTimestamp();
        Assert.Equal(Start, time.GetUtcNow());

        time.AdvanceTo(Start.AddHours(3));
        time.AdvanceTo(Start.AddHours(3));

        Assert.Equal(Start.AddHours(3), time.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(3), time.GetElapsedTime(stamp));
        Assert.Throws<InvalidOperationException>(() => time.AdvanceTo(Start));
    }
}

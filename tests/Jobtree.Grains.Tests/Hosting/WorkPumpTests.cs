using Jobtree.Grains.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>The pump under a clock that is moved by hand.</summary>
public sealed class WorkPumpTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> log = [];
    private int waiting;
    private bool isUrgent;
    private bool fails;

    [Fact]
    public void What_is_urgent_is_done_at_once()
    {
        var pump = Make();
        (waiting, isUrgent) = (3, true);
        pump.Wake();
        Assert.Equal(["3"], log);
        Assert.True(pump.Running.IsCompleted);
        pump.Wake();
        Assert.Equal(["3"], log);
    }

    [Fact]
    public void What_is_not_urgent_gathers()
    {
        var pump = Make();
        waiting = 1;
        pump.Wake();
        waiting = 2;
        pump.Wake();
        Assert.Empty(log);
        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(["2"], log);
    }

    [Fact]
    public void What_becomes_urgent_ends_the_lingering()
    {
        var pump = Make();
        waiting = 1;
        pump.Wake();
        (waiting, isUrgent) = (2, true);
        pump.Wake();
        Assert.Equal(["2"], log);
    }

    [Fact]
    public void What_fails_is_repeated_after_a_pause_and_nothing_beside_it()
    {
        var pump = Make();
        (waiting, isUrgent, fails) = (1, true, true);
        pump.Wake();
        pump.Wake();
        Assert.Equal(["failed"], log);
        fails = false;
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(["failed"], log);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["failed", "1"], log);
    }

    [Fact]
    public void What_comes_during_a_step_is_done_after_it()
    {
        var step = new TaskCompletionSource();
        var steps = 0;
        var pump = new WorkPump(time, () => waiting > 0, async () =>
        {
            steps++;
            waiting = 0;
            await step.Task;
        }, _ => { });
        waiting = 1;
        pump.Wake();
        waiting = 1;
        pump.Wake();
        Assert.Equal(1, steps);
        step.SetResult();
        Assert.Equal(2, steps);
        Assert.True(pump.Running.IsCompleted);
    }

    [Fact]
    public void Stopped_it_begins_nothing_and_waits_for_no_pause()
    {
        var pump = Make();
        (waiting, isUrgent, fails) = (1, true, true);
        pump.Wake();
        pump.Stop();
        Assert.True(pump.Running.IsCompleted);
        fails = false;
        time.Advance(TimeSpan.FromSeconds(10));
        pump.Wake();
        Assert.Equal(["failed"], log);
    }

    private WorkPump Make() => new(time, () => waiting > 0, () =>
    {
        if (fails)
            throw new IOException("It fails.");
        log.Add($"{waiting}");
        waiting = 0;
        return ValueTask.CompletedTask;
    }, _ => log.Add("failed")) { Linger = TimeSpan.FromMilliseconds(5), IsUrgent = () => isUrgent };
}

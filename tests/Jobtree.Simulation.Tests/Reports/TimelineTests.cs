using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;

namespace Jobtree.Simulation.Tests.Reports;

public sealed class TimelineTests
{
    [Fact]
    public void Steps_hold_exact_means_and_a_cut_job_is_queued_again()
    {
        // 2 GPUs, submitted at 5: waits to 15, runs to 35, is cut, waits to 40, runs to 50.
        var trace = TinyTrace.Of((5, 2, 20), (5, 1, 1));
        var shift = TimeSpan.FromMinutes(-5);
        var outcome = new ReplayOutcome
        {
            Scheduler = "hand",
            Jobs =
            [
                new JobOutcome { Segments = [Segment(15, 35), Segment(40, 50)] },
                JobOutcome.Refused,
            ],
        };

        var timeline = Timeline.Of(trace, outcome, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(10));

        Assert.Equal([0, 2, 2, 1, 1], timeline.UsedGpus.ToArray());
        Assert.Equal([1, 0, 0, 0.5, 0], timeline.QueuedJobs.ToArray());
        Assert.Equal([2, 0, 0, 1, 0], timeline.QueuedGpus.ToArray());

        RunSegment Segment(int from, int to) =>
            new(TimeSpan.FromMinutes(from) + shift, TimeSpan.FromMinutes(to) + shift);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(500, 1)]
    [InlineData(501, 10)]
    [InlineData(60 * 60 * 24 * 17, 3_600)]
    public void The_step_is_round_and_gives_at_most_500_parts(int spanSeconds, int stepSeconds) =>
        Assert.Equal(TimeSpan.FromSeconds(stepSeconds), Timeline.StepFor(TimeSpan.FromSeconds(spanSeconds)));
}

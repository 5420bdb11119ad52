using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>When the listing has a follower look at the runs that it follows.</summary>
public sealed class FollowWatchTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly RunKey Upstream = new("ns", "up");

    /// <summary>
    /// It may have asked an activation of the upstream run that another one had followed. The fault simulator found one
    /// that had heard of an upstream run that had failed already that it waits, and so waited for ever itself.
    /// </summary>
    [Theory]
    [InlineData(UpstreamStage.Completed, UpstreamFailure.Wait, false, true)]
    [InlineData(UpstreamStage.Completed, UpstreamFailure.Fail, false, true)]
    [InlineData(UpstreamStage.Failed, UpstreamFailure.Fail, false, true)]
    [InlineData(UpstreamStage.Failed, UpstreamFailure.Wait, false, true)]
    [InlineData(UpstreamStage.Failed, UpstreamFailure.Wait, true, false)]
    [InlineData(UpstreamStage.Unknown, UpstreamFailure.Wait, false, true)]
    [InlineData(UpstreamStage.Unknown, UpstreamFailure.Fail, true, false)]
    [InlineData(UpstreamStage.Open, UpstreamFailure.Fail, false, false)]
    public void A_follower_that_has_reason_to_act_and_does_not_is_woken_again(
        UpstreamStage stage, UpstreamFailure onFailure, bool countsGrace, bool isWokenAgain)
    {
        var watch = new FollowWatch();
        watch.Put(new RunRecord
        {
            Key = new RunKey("ns", "down"),
            Spec = new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 1 },
                Follow = new Follow { After = ["up"], OnUpstreamFailure = onFailure } },
            Owner = "lab",
            SubmitOperation = "submit",
            SubmittedAt = Begin,
            Phase = RunPhase.Waiting,
            Gate = new FollowGate(countsGrace ? new Dictionary<string, DateTimeOffset> { ["up"] = Begin } : null),
        });
        var states = new Dictionary<RunKey, UpstreamState> { [Upstream] = new(stage, Begin) };
        int[] woken = [.. new[] { 0, 1, 4, 5, 6, 10 }
            .Select(second => watch.TakeDue(states, Begin.AddSeconds(second)).Count)];
        Assert.Equal(isWokenAgain ? [1, 0, 0, 1, 0, 1] : [1, 0, 0, 0, 0, 0], woken);
    }
}

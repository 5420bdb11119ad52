using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// A flavor whose silo was paused for so long that another activation has followed it, and which goes on without
/// knowing.
/// </summary>
public sealed class FollowedFlavorTests
{
    private static readonly RunKey Key = new("default", "train");
    private readonly List<byte[]> kept = [];
    private readonly FakeTimeProvider time = VirtualTime.Begin();

    [Theory]
    [InlineData(LeaseEndReason.Completed)]
    [InlineData(LeaseEndReason.Cancelled)]
    public async Task It_does_not_say_of_a_run_that_the_other_started_that_it_holds_nothing(LeaseEndReason reason)
    {
        var paused = Activate();
        await paused.PutNodes([new Node { Name = "n1", Flavor = "H100", Gpus = 8 }]);
        await Activate().Admit(Demand.Of(Key, "org:lab",
            new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }, time.GetUtcNow()));
        await Assert.ThrowsAsync<IOException>(async () => await paused.Close(Key, reason));
        Assert.NotNull(await Activate().Close(Key, reason));
    }

    [Fact]
    public async Task It_does_not_say_of_a_run_that_waits_with_the_other_that_there_is_nothing_to_amend()
    {
        var paused = Activate();
        await paused.PutNodes([new Node { Name = "n1", Flavor = "H100", Gpus = 4 }]);
        var demand = Demand.Of(Key, "org:lab",
            new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }, time.GetUtcNow());
        await Activate().Admit(demand);
        await Assert.ThrowsAsync<IOException>(async () => await paused.Amend(demand));
        Assert.True(await Activate().Amend(demand));
    }

    private FlavorActor Activate()
    {
        var actor = new FlavorActor("H100", new Journal(kept), time, new SchedulerOptions());
        foreach (var record in kept)
            actor.Replay(record);
        return actor;
    }

    /// <summary>Takes a record only at the number that comes next, as stores do.</summary>
    private sealed class Journal(List<byte[]> kept) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            if (sequence != kept.Count + 1)
                return Task.FromException(new IOException("Another activation has written."));
            kept.Add(record.ToArray());
            return Task.CompletedTask;
        }
    }
}

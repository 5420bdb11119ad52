using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>What a fleet of two silos tells those who measure it, whoever asks it and however.</summary>
public sealed class ObservedFleetTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly RecordingObserver observer = new();

    [Fact]
    public async Task Every_submission_is_told_once_with_how_it_came_out()
    {
        await using var fleet = await Start();
        await Apply(fleet, [Run("a", "lab", 8), Run("c", "nobody"), Run("d", "lab", 8)], "batch");
        // a fills the fleet; c is nobody's, and d is funded but finds no room.
        Assert.Equal(
            ["submitted H100 bound", "submitted H100 reserved", "submitted H100 waiting"],
            observer.Take("submitted"));
        await Apply(fleet, [Run("a", "lab", 8)], "the same again");
        Assert.Equal([], observer.Take("submitted"));
        await fleet.Operations.Apply([Run("a", "somebody-else")], "a conflict");
        Assert.Equal(["submitted H100 error"], observer.Take("submitted"));
        await fleet.Operations.Apply([Run("a", "no owner")], "no manifest");
        Assert.Equal(["submitted H100 error"], observer.Take("submitted"));
        await fleet.Operations.Apply([Run("e", "lab"), Run("f", "lab", flavor: "B200")], "refused before it begins");
        Assert.Equal(["submitted H100 error", "submitted unknown error"], observer.Take("submitted"));
        Assert.All(observer.Times, time => Assert.True(time >= TimeSpan.Zero));
    }

    [Fact]
    public async Task A_start_from_the_queue_is_told_and_so_is_its_first_wait_alone()
    {
        await using var fleet = await Start();
        await Apply(fleet, [Run("a", "nobody", 8)], "a");
        Assert.Equal(["decided H100 False", "submitted H100 bound", "waited H100 00:00:00"],
            observer.Take("decided", "submitted", "waited", "started"));
        await fleet.AdvanceTo(fleet.Now + Minute);
        // a yields to b, which is funded, and comes back when b has ended: that is no first start.
        await Apply(fleet, [Run("b", "lab", 4)], "b");
        Assert.Equal(["cut H100", "decided H100 True", "submitted H100 bound", "waited H100 00:00:00"],
            observer.Take("cut", "decided", "submitted", "waited", "started"));
        await Apply(fleet, [Run("c", "nobody", 8)], "c");
        await fleet.Step();
        observer.Take();
        await fleet.AdvanceTo(fleet.Now + Minute);
        Assert.True((await fleet.Operations.CompleteRun(new RunKey("default", "b"), true, null, "end b"))
            .Succeeded(out _, out _));
        Assert.Equal(["decided H100 False", "ended default/b", "started H100"],
            observer.Take("cut", "decided", "ended", "submitted", "waited", "started"));
        await fleet.Step();
        Assert.True((await fleet.Operations.CancelRun(new RunKey("default", "a"), "end a")).Succeeded(out _, out _));
        Assert.Equal(["decided H100 False", "ended default/a", "started H100", "waited H100 00:01:00"],
            observer.Take("cut", "decided", "ended", "submitted", "waited", "started"));
    }

    [Fact]
    public async Task A_refusal_of_a_full_flavor_is_told_as_an_error()
    {
        await using var fleet = await ClusterFleet.Start(1, new GrainOptions { Stepped = true, Observer = observer,
            Scheduler = new SchedulerOptions { QueueMax = 1 } });
        await Apply(fleet, [Node(), Run("a", "nobody", 8), Run("b", "nobody")], "full");
        observer.Take();
        await fleet.Operations.Apply([Run("c", "nobody")], "c");
        // The second one is refused by what the silo remembers, without asking the run.
        await fleet.Operations.Apply([Run("d", "nobody")], "d");
        Assert.Equal(["decided H100 refused", "submitted H100 error", "submitted H100 error"],
            observer.Take("decided", "submitted"));
    }

    private async Task<ClusterFleet> Start()
    {
        var fleet = await ClusterFleet.Start(2, new GrainOptions { Stepped = true, Observer = observer });
        await Apply(fleet, [Node(), new BudgetManifest(new Budget
        {
            Name = "lab",
            Owner = "lab",
            Envelopes = [new Envelope { Name = "pool", Flavor = "H100", Concurrency = 16,
                Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.MaxValue }],
        })], "begin");
        await fleet.Step();
        Assert.Equal([], observer.Take(""));
        return fleet;
    }

    private static async Task Apply(ClusterFleet fleet, IReadOnlyList<Manifest> manifests, string operation)
    {
        var applied = await fleet.Operations.Apply(manifests, operation);
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
    }

    private static NodeManifest Node() => new(new Node { Name = "n1", Flavor = "H100", Gpus = 8 });

    private static RunManifest Run(string name, string owner, int gpus = 4, string flavor = "H100") => new(
        new RunKey("default", name),
        new RunSpec { Owner = owner, Resources = new Resources { GpuType = flavor, TotalGPUs = gpus } });
}

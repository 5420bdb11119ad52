using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Homes;

/// <summary>
/// A silo that does not know yet that a run has moved writes a record of it after the run's new home has read the
/// journal. Chaos found runs that waited for ever for one that had completed so.
/// </summary>
public sealed class OldReadTests
{
    private static readonly RunKey Key = new("default", "first");
    private static readonly RunKey Follower = new("default", "second");
    private static readonly ActorKey Actor = new(ActorKind.Run, Key.ToString());
    private const int Gpus = 4;

    /// <summary>More than there are, so that a run waits.</summary>
    private const int TooMany = 16;

    private static readonly TimeSpan LongAfter = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task What_another_silo_wrote_is_read_after_a_while_and_followers_go_on()
    {
        await using var fleet = await WithRun();
        Value(await fleet.Operations.Apply([Run(Follower, new Follow { After = [Key.Name] })], "follow"));
        await WriteElsewhere(fleet);
        Assert.Equal(RunPhase.Running, await PhaseOf(fleet, Key));
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        // Followers are woken by the listing, which the other silo has told.
        await fleet.Grains.GetGrain<IRunGrain>(Follower.ToString()).Resume();
        Assert.Equal((RunPhase.Running, RunPhase.Completed),
            (await PhaseOf(fleet, Follower), await PhaseOf(fleet, Key)));
    }

    [Fact]
    public async Task A_run_that_was_unknown_is_found_at_once_when_another_silo_wrote_it()
    {
        await using var fleet = await ClusterFleet.Start(1);
        Assert.Equal(ProblemCode.NotFound, (await fleet.Operations.GetRun(Key)).Problem?.Code);
        await WriteElsewhere(fleet);
        Assert.Equal(RunPhase.Completed, await PhaseOf(fleet, Key));
    }

    [Fact]
    public async Task A_run_that_was_unknown_is_ended_by_a_command_when_another_silo_wrote_it()
    {
        await using var fleet = await ClusterFleet.Start(1);
        Assert.Null(await fleet.Grains.GetGrain<IRunGrain>(Key.ToString()).Get());
        await WriteElsewhere(fleet);
        // The end that was written there, repeated.
        Value(await fleet.Grains.GetGrain<IRunGrain>(Key.ToString())
            .Complete(new CompletionReport(true, null, "end", 1)));
    }

    [Fact]
    public async Task Nobody_is_refused_for_what_another_silo_has_changed()
    {
        await using var fleet = await WithRun(TooMany);
        await WriteElsewhere(fleet, TooMany, other => other.HoldRun(Key, null, "hold"));
        Assert.Equal(RunPhase.Pending, await PhaseOf(fleet, Key));
        Value(await fleet.Operations.ReleaseRun(Key, "release"));
        var again = await fleet.Operations.ReleaseRun(Key, "release once more");
        Assert.Equal(ProblemCode.Conflict, again.Problem?.Code);
    }

    [Fact]
    public async Task While_the_store_is_away_a_run_is_told_as_it_was_known()
    {
        await using var fleet = await WithRun();
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        fleet.Journals.IsAway = true;
        Assert.Equal(RunPhase.Running, await PhaseOf(fleet, Key));
    }

    private static async Task<ClusterFleet> WithRun(int gpus = Gpus)
    {
        var fleet = await ClusterFleet.Start(1);
        Value(await fleet.Operations.Apply([new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }),
            Run(Key, gpus: gpus)], "submit"));
        return fleet;
    }

    /// <summary>Appends the record of the run's end that a fleet of its own writes, which is like this one.</summary>
    private static Task WriteElsewhere(ClusterFleet fleet) =>
        WriteElsewhere(fleet, Gpus, other => other.CompleteRun(Key, true, null, "end", 1));

    /// <summary>Appends what a command makes a fleet of its own write.</summary>
    private static async Task WriteElsewhere(
        ClusterFleet fleet, int gpus, Func<IOperations, Task<Result<RunManifest>>> command)
    {
        await using var other = await WithRun(gpus);
        Value(await command(other.Operations));
        var known = fleet.Journals.Of(Actor).Count;
        foreach (var (record, at) in other.Journals.Of(Actor).Select((bytes, at) => (bytes, at + 1)).Skip(known))
            await fleet.Journals.For(Actor).Append(at, record);
    }

    private static RunManifest Run(RunKey key, Follow? follow = null, int gpus = Gpus) => new(key, new RunSpec
    {
        Owner = "lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
        Follow = follow,
    });

    private static async Task<RunPhase> PhaseOf(ClusterFleet fleet, RunKey run) =>
        Value(await fleet.Operations.GetRun(run)).Status!.Phase;

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>How much of a fleet's memory open runs may take, and how much of that one submitter may have.</summary>
public sealed class OpenRunsTests
{
    private const string Lab = "lab-token";
    private const string Other = "other-token";

    [Fact]
    public async Task Runs_beyond_the_most_are_refused_until_one_has_ended_and_those_that_are_there_are_not()
    {
        await using var fleet = await Begin();
        var operations = Within(fleet, new RunLimits(3));
        foreach (var run in new[] { "a", "b", "c" })
            Assert.Null(await Submit(operations, run));
        var refused = await Submit(operations, "d");
        Assert.Equal((ProblemCode.LimitReached,
            "The fleet may have at most 3 runs that wait or run; submit again when some have ended."),
            (refused!.Code, refused.Detail));
        Assert.Equal(ProblemCode.NotFound, (await operations.GetRun(Key("d"))).Problem?.Code);
        Assert.Equal("unchanged", (await operations.Apply([Run("a")], "again")).Value![0].Outcome);
        // No count is due while the clock stands still, but nobody is refused by an old one.
        await operations.CancelRun(Key("b"), "cancel");
        Assert.Null(await Submit(operations, "d"));
        Assert.NotNull(await Submit(operations, "e"));
    }

    [Fact]
    public async Task Wide_runs_count_by_what_they_take_and_small_ones_still_fit()
    {
        await using var fleet = await Begin();
        var wide = RunWeight.Of(Run("w", variables: 200).Spec, null);
        var small = RunWeight.Of(Run("s").Spec, null);
        Assert.True(wide > 20 * small);
        var operations = Within(fleet, new RunLimits { OpenBytesMax = 2 * wide + 2 * small });
        Assert.Null(await Submit(operations, "w1", variables: 200));
        Assert.Null(await Submit(operations, "w2", variables: 200));
        var refused = await Submit(operations, "w3", variables: 200);
        Assert.Contains("of memory for runs that wait or run", refused!.Detail, StringComparison.Ordinal);
        Assert.Null(await Submit(operations, "s1"));
        await operations.CancelRun(Key("w1"), "cancel");
        Assert.Null(await Submit(operations, "w3", variables: 200));
    }

    [Fact]
    public async Task Many_in_one_command_are_refused_together()
    {
        await using var fleet = await Begin();
        var operations = Within(fleet, new RunLimits(10));
        RunManifest[] many = [.. Enumerable.Range(0, 11).Select(i => Run($"m{i}"))];
        Assert.Equal(ProblemCode.LimitReached, (await operations.Apply(many, "many")).Problem?.Code);
        Assert.Empty((await operations.ListRuns(new RunQuery())).Value!.Items);
        Assert.True((await operations.Apply(many[..10], "fewer")).Succeeded(out _, out _));
    }

    [Fact]
    public async Task Whom_grants_bind_has_at_most_half_and_an_eighth_is_kept_for_others()
    {
        await using var fleet = await Begin();
        var operations = Within(fleet, new RunLimits(16));
        for (var run = 0; run < 8; run++)
            Assert.Null(await Submit(operations, $"lab-{run}", Lab));
        Assert.Equal("lab-token may have at most 8 runs that wait or run; submit again when some have ended.",
            (await Submit(operations, "lab-8", Lab))!.Detail);
        for (var run = 0; run < 6; run++)
            Assert.Null(await Submit(operations, $"other-{run}", Other, owner: "other"));
        Assert.Equal("The fleet may have at most 14 runs that wait or run; submit again when some have ended.",
            (await Submit(operations, "other-6", Other, owner: "other"))!.Detail);
        Assert.Null(await Submit(operations, "operator-1"));
        Assert.Null(await Submit(operations, "operator-2"));
        Assert.NotNull(await Submit(operations, "operator-3"));
    }

    [Fact]
    public async Task Owners_of_one_family_have_at_most_half_whatever_tokens_and_teams_submit()
    {
        await using var fleet = await Begin();
        var operations = Within(fleet, new RunLimits(16));
        for (var run = 0; run < 8; run++)
            Assert.Null(await Submit(operations, $"ai-{run}", $"token-{run}", owner: $"org:ai:team-{run}"));
        Assert.Equal("org:ai may have at most 8 runs that wait or run; submit again when some have ended.",
            (await Submit(operations, "ai-8", "token-8", owner: "org:ai"))!.Detail);
        Assert.Null(await Submit(operations, "bio", "token-8", owner: "org:bio"));
        await operations.CancelRun(Key("ai-3"), "cancel");
        Assert.Null(await Submit(operations, "ai-8", "token-8", owner: "org:ai"));
        // Whom no grants bind answers for the whole fleet.
        Assert.Null(await Submit(operations, "ai-9", owner: "org:ai:rai"));
    }

    private static FleetOperations Within(StepFleet fleet, RunLimits limits) =>
        new(fleet.Actors, VirtualTime.Begin(), limits: limits);

    private static async Task<StepFleet> Begin()
    {
        var fleet = new StepFleet(Restarts.Never);
        await fleet.Operations.Apply([new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 })], "nodes");
        return fleet;
    }

    private static async Task<Problem?> Submit(
        FleetOperations operations, string run, string? by = null, int variables = 0, string owner = "lab") =>
        (await operations.Apply([Run(run, variables, owner)],
            new FleetCommand($"submit-{run}", by) { IsBounded = by is not null })).Problem;

    private static RunKey Key(string run) => new("default", run);

    private static RunManifest Run(string run, int variables = 0, string owner = "lab") => new(Key(run), new RunSpec
    {
        Owner = owner,
        Resources = new Resources { GpuType = "H100", TotalGPUs = 8 },
        Workload = variables == 0 ? null : new Workload
        {
            Image = "i",
            Env = Enumerable.Range(0, variables).ToDictionary(i => $"K{i}", i => new string('x', 100)),
        },
    });
}

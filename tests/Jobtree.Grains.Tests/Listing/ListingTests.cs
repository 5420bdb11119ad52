using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Tests.Fleets;

namespace Jobtree.Grains.Tests.Listing;

/// <summary>Lists and watches of a cluster, whose runs are listed by many shards on several silos.</summary>
public sealed class ListingTests
{
    private const int Runs = 60;

    [Fact]
    public async Task Pages_go_through_every_run_once_and_in_order()
    {
        await using var fleet = await Filled();
        var seen = new List<RunKey>();
        string? next = null;
        do
        {
            var page = Value(await fleet.Operations.ListRuns(new RunQuery { Limit = 7, Continue = next }));
            Assert.True(page.Items.Count <= 7);
            seen.AddRange(page.Items.Select(run => run.Key));
            next = page.Continue;
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(0, Runs).Select(Key).Order(), seen);
    }

    [Fact]
    public async Task A_page_of_wide_runs_is_short_and_the_next_ones_have_the_rest_in_order()
    {
        const int wide = 40;
        await using var fleet = await ClusterFleet.Start(2);
        // Eleven of them fill a page, and a shard has two or three.
        Value(await fleet.Operations.Apply([Node(0)], "node", null));
        var env = Enumerable.Range(0, 11).ToDictionary(i => $"TEXT{i}", _ => new string('x', 32_000));
        for (var run = 0; run < wide; run++)
            Value(await fleet.Operations.Apply([Run(run) with
            {
                Spec = Run(run).Spec with { Workload = new Workload { Image = "i", Env = env } },
            }], $"run-{run}", null));
        await fleet.Step();
        var (seen, pages) = (new List<RunKey>(), 0);
        for (string? next = null; pages == 0 || next is not null; pages++)
        {
            var page = Value(await fleet.Operations.ListRuns(new RunQuery { Limit = 1000, Continue = next }));
            Assert.InRange(page.Items.Count, 1, 12);
            seen.AddRange(page.Items.Select(run => run.Key));
            next = page.Continue;
        }
        Assert.Equal(Enumerable.Range(0, wide).Select(Key).Order(), seen);
    }

    [Fact]
    public async Task Filters_hold_in_every_shard()
    {
        await using var fleet = await Filled();
        Assert.True((await fleet.Operations.CompleteRun(Key(5), true, null, "done")).Succeeded(out _, out _));
        await fleet.Step();
        var completed = Value(await fleet.Operations.ListRuns(new RunQuery { Phase = RunPhase.Completed }));
        Assert.Equal(Key(5), Assert.Single(completed.Items).Key);
        var named = Value(
            await fleet.Operations.ListRuns(new RunQuery { Namespace = Key(7).Namespace, Name = Key(7).Name }));
        Assert.Equal(Key(7), Assert.Single(named.Items).Key);
    }

    [Fact]
    public async Task A_watch_begins_with_what_is_and_goes_on_with_what_comes()
    {
        await using var fleet = await Filled();
        using var ending = new CancellationTokenSource();
        // Changes overlap by the difference that shards' clocks may have; those of before a shard's start nobody can
        // tell.
        await fleet.AdvanceTo(fleet.Now + TimeSpan.FromSeconds(5));
        var seen = new HashSet<RunKey>();
        var version = 0L;
        await foreach (var change in fleet.Operations.WatchRuns(new RunQuery(), null, ending.Token))
        {
            Assert.True(change.Version >= version);
            version = change.Version;
            seen.Add(change.Run.Key);
            if (seen.Count == Runs && change.Run.Status!.Phase == RunPhase.Completed)
                break;
            if (seen.Count == Runs && change.Run.Status!.Phase == RunPhase.Running)
                Assert.True((await fleet.Operations.CompleteRun(Key(5), true, null, "done")).Succeeded(out _, out _));
        }
        // Who saw that much may go on from there, and hears only what comes.
        Assert.True((await fleet.Operations.CancelRun(Key(9), "stop")).Succeeded(out _, out _));
        await foreach (var change in fleet.Operations.WatchRuns(
            new RunQuery { Name = Key(9).Name, Phase = RunPhase.Failed }, version, ending.Token))
        {
            Assert.Equal(Key(9), change.Run.Key);
            break;
        }
    }

    [Fact]
    public async Task A_watch_goes_on_beside_many_other_calls()
    {
        await using var fleet = await Filled();
        using var ending = new CancellationTokenSource();
        var (changed, seen) = (0, 0);
        await foreach (var _ in fleet.Operations.WatchRuns(new RunQuery(), null, ending.Token))
        {
            // As many calls in progress as would have a pool of activations grow, and take turns.
            var calls = Enumerable.Range(0, 64).Select(number => fleet.Operations.GetRun(Key(number % Runs)));
            Assert.All(await Task.WhenAll(calls), answer => Value(answer));
            if (++seen < Runs)
                continue;
            if (changed == 20)
                break;
            var ended = await fleet.Operations.CompleteRun(Key(changed++), true, null, $"done-{changed}");
            Assert.Equal(RunPhase.Completed, Value(ended).Status!.Phase);
        }
        Assert.True(seen >= Runs + 20);
    }

    [Fact]
    public async Task A_run_that_ended_while_its_silo_died_hears_of_it_though_nobody_asks_again()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var fleet = await ClusterFleet.Start(
            2, new GrainOptions { SweepEvery = TimeSpan.FromMilliseconds(100) });
        Value(await fleet.Operations.Apply([Node(0), Run(0), Run(1)], "fill", null));
        // What such a run has done before its silo dies: the flavor has ended it, and its own journal does not say so.
        Assert.NotNull(await fleet.Grains.GetGrain<IFlavorGrain>("H100").Close(Key(0), LeaseEndReason.Completed));
        RunPhase? phase;
        while ((phase = Value(await fleet.Operations.GetRun(Key(0))).Status!.Phase) == RunPhase.Running)
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        Assert.Equal(RunPhase.Completed, phase);
        Assert.Equal(RunPhase.Running, Value(await fleet.Operations.GetRun(Key(1))).Status!.Phase);
    }

    private static RunKey Key(int number) => new($"team-{number % 3}", $"run-{number}");

    private static NodeManifest Node(int number) => new(new Node { Name = $"n{number}", Flavor = "H100", Gpus = 8 });

    private static RunManifest Run(int number) => new(Key(number),
        new RunSpec { Owner = "org:lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 1 } }, null, null);

    private static async Task<ClusterFleet> Filled()
    {
        var fleet = await ClusterFleet.Start(2);
        var manifests = new List<Manifest>();
        for (var node = 0; node < 8; node++)
            manifests.Add(Node(node));
        for (var run = 0; run < Runs; run++)
            manifests.Add(Run(run));
        Value(await fleet.Operations.Apply(manifests, "fill", null));
        await fleet.Step();
        return fleet;
    }

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}

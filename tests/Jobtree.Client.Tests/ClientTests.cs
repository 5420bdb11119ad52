using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Actors.WhatIf;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Client.Tests;

/// <summary>
/// What a program does with a fleet through the cluster: submit, watch, cancel, and bear with silos that go.
/// </summary>
public sealed class ClientTests
{
    [Fact]
    public async Task A_run_is_submitted_watched_until_it_runs_and_cancelled()
    {
        await using var cluster = await ClientCluster.Start();
        Assert.Equal("bound", (await cluster.Client.Submit(Run("train", 8))).Outcome);
        var running = await cluster.Client.WaitFor(Key("train"), phase => phase == RunPhase.Running, cluster.Deadline);
        Assert.Equal(8, running.Status!.Width!.Allocated);
        Assert.Equal(RunPhase.Failed, (await cluster.Client.Cancel(Key("train"))).Status!.Phase);
        Assert.Equal(RunPhase.Failed, (await cluster.Client.WaitFor(
            Key("train"), phase => phase == RunPhase.Failed, cluster.Deadline)).Status!.Phase);
    }

    [Fact]
    public async Task A_repeated_command_takes_effect_once()
    {
        await using var cluster = await ClientCluster.Start();
        Assert.Equal("bound", (await cluster.Client.Submit(Run("train", 8), "op-1")).Outcome);
        Assert.Equal("bound", (await cluster.Client.Submit(Run("train", 8), "op-1")).Outcome);
        await cluster.Client.Complete(Key("train"), operation: "op-2");
        await cluster.Client.Complete(Key("train"), operation: "op-2");
        Assert.Equal(1, (await cluster.Client.Get(Key("train"))).Status!.Attempt);
    }

    [Fact]
    public async Task What_is_refused_has_a_stable_code()
    {
        await using var cluster = await ClientCluster.Start();
        Assert.Equal(ProblemCode.NotFound,
            (await Assert.ThrowsAsync<JobtreeException>(() => cluster.Client.Cancel(Key("nobody")))).Code);
        var refused = await Assert.ThrowsAsync<JobtreeException>(
            () => cluster.Client.Submit(Run("odd", 8, "B200"), "op-odd"));
        Assert.Equal((ProblemCode.Invalid, "op-odd"), (refused.Code, refused.Operation));
        await cluster.Client.Submit(Run("train", 8));
        Assert.Equal(ProblemCode.Conflict,
            (await Assert.ThrowsAsync<JobtreeException>(() => cluster.Client.Submit(Run("train", 4)))).Code);
    }

    [Fact]
    public async Task A_question_and_an_export_go_through_the_cluster_and_change_nothing()
    {
        await using var cluster = await ClientCluster.Start();
        await cluster.Client.Submit(Run("train", 2), cancellation: cluster.Deadline);
        var report = await cluster.Client.WhatIf(
            new WhatIfQuestion { Manifests = [Run("other", 2)], WithoutRuns = [Key("train")] }, cluster.Deadline);
        Assert.Equal(["other", "train"], report.Runs.Select(run => run.Run.Name));
        Assert.Equal(RunPhase.Failed, report.Runs[1].With!.Phase);
        var exported = await cluster.Client.Operations.Export(cluster.Deadline).ToListAsync(cluster.Deadline);
        Assert.Equal(Key("train"), Assert.Single(exported.OfType<RunManifest>()).Key);
        Assert.Single(exported.OfType<LeaseManifest>());
        Assert.Single(exported.OfType<FlavorManifest>(), flavor => flavor.Past.Sequence > 0);
    }

    [Fact]
    public async Task A_silo_that_is_killed_takes_nothing_with_it()
    {
        await using var cluster = await ClientCluster.Start();
        for (var run = 0; run < 8; run++)
            await cluster.Client.Submit(Run($"run-{run}", 2), $"op-{run}", cancellation: cluster.Deadline);
        await cluster.KillOne();
        for (var run = 0; run < 8; run++)
        {
            var repeated = await cluster.Client.Submit(
                Run($"run-{run}", 2), $"op-{run}", cancellation: cluster.Deadline);
            Assert.Equal("bound", repeated.Outcome);
            await cluster.Client.Complete(Key($"run-{run}"), cancellation: cluster.Deadline);
        }
        Assert.Equal("bound", (await cluster.Client.Submit(Run("after", 16), cancellation: cluster.Deadline)).Outcome);
        Assert.True((await cluster.Client.Operations.Audit(cluster.Deadline)).Succeeded(out var audit, out _));
        Assert.Empty(audit.Violations);
    }

    [Fact]
    public async Task A_watch_goes_on_when_silos_are_killed()
    {
        await using var cluster = await ClientCluster.Start();
        await cluster.Client.Submit(Run("train", 8), cancellation: cluster.Deadline);
        var ended = cluster.Client.WaitFor(Key("train"), phase => phase == RunPhase.Completed, cluster.Deadline);
        await cluster.KillOne();
        await cluster.Client.Complete(Key("train"), cancellation: cluster.Deadline);
        Assert.Equal(RunPhase.Completed, (await ended).Status!.Phase);
    }

    [Fact]
    public async Task A_watch_ends_with_the_silo_of_a_part_of_the_listing_instead_of_missing_its_changes()
    {
        await using var cluster = await ClientCluster.Start();
        await cluster.Client.Submit(Run("train", 8), cancellation: cluster.Deadline);
        await using var changes = await cluster.WatchAndKillAShard();
        await Assert.ThrowsAsync<WatchExpiredException>(async () =>
        {
            while (await changes.MoveNextAsync())
                Assert.NotNull(changes.Current.Run);
        });
    }

    [Fact]
    public async Task A_watch_in_which_nothing_happened_for_longer_than_the_client_is_patient_goes_on_too()
    {
        var time = new LeapingTime();
        await using var cluster = await ClientCluster.Start(time);
        await cluster.Client.Submit(Run("train", 8), cancellation: cluster.Deadline);
        await using var states = cluster.Client.Watch(new RunQuery { Name = "train" }, cluster.Deadline)
            .GetAsyncEnumerator(cluster.Deadline);
        Assert.True(await states.MoveNextAsync());
        var next = states.MoveNextAsync();
        time.Leap(TimeSpan.FromMinutes(10));
        // Two of three: the stream most likely comes from one of them.
        await cluster.KillOne();
        await cluster.KillOne();
        await cluster.Client.Complete(Key("train"), cancellation: cluster.Deadline);
        Assert.True(await next);
        while (states.Current.Status!.Phase != RunPhase.Completed)
            Assert.True(await states.MoveNextAsync());
    }

    [Fact]
    public async Task The_ledger_tells_who_asked_and_goes_on_with_what_comes()
    {
        await using var cluster = await ClientCluster.Start();
        await cluster.Client.Submit(Run("train", 8), cancellation: cluster.Deadline);
        var before = new List<LedgerRecord>();
        await foreach (var entry in cluster.Client.Ledger("H100", cancellation: cluster.Deadline))
            before.Add(entry);
        Assert.Equal(Enumerable.Range(1, before.Count), before.Select(entry => (int)entry.Sequence));
        await using var follower = cluster.Client.Ledger(
            "H100", before.Count, follow: true, cluster.Deadline).GetAsyncEnumerator(cluster.Deadline);
        var next = follower.MoveNextAsync();
        await cluster.Client.Cancel(Key("train"), cancellation: cluster.Deadline);
        Assert.True(await next);
        Assert.Equal(HashChain.Link(before[^1].Bytes), LedgerFormat.Read(follower.Current.Bytes, null).Previous);

        var events = await cluster.Client.Events(Key("train"), cluster.Deadline);
        Assert.Equal(["Submitted", "Bound", "Cancelled"], events.Events.Select(happened => happened.Kind));
        Assert.All(events.Events, happened => Assert.Equal(Environment.UserName, happened.By));
        var usage = await cluster.Client.Usage(
            new UsageQuery { From = DateTimeOffset.UnixEpoch, By = UsageBy.Run }, cluster.Deadline);
        Assert.Equal(Key("train"), Assert.Single(usage.Items).Run);
        Assert.Equal(ProblemCode.NotFound, (await Assert.ThrowsAsync<JobtreeException>(async () =>
            await cluster.Client.Ledger("B200").GetAsyncEnumerator().MoveNextAsync())).Code);
    }

    [Fact]
    public async Task An_elastic_run_shrinks_by_whole_steps_once_for_each_command()
    {
        await using var cluster = await ClientCluster.Start();
        var elastic = Run("train", 8);
        elastic = elastic with { Spec = elastic.Spec with { Malleable = new Malleable
            { MinTotalGPUs = 2, MaxTotalGPUs = 8, StepGPUs = 2, DesiredTotalGPUs = 8 } } };
        await cluster.Client.Submit(elastic, cancellation: cluster.Deadline);
        var refused = await Assert.ThrowsAsync<JobtreeException>(
            () => cluster.Client.Shrink(Key("train"), 3, "op-odd", cluster.Deadline));
        Assert.Equal((ProblemCode.Invalid, "op-odd"), (refused.Code, refused.Operation));
        await cluster.Client.Shrink(Key("train"), 4, "op-1", cluster.Deadline);
        var shrunk = await cluster.Client.Shrink(Key("train"), 4, "op-1", cluster.Deadline);
        Assert.Equal((4, 4), (shrunk.Status!.Width!.Allocated, shrunk.Status.Width.Desired));
    }

    [Fact]
    public async Task Nodes_are_cordoned_drained_by_an_instant_fenced_and_made_ready_again()
    {
        await using var cluster = await ClientCluster.Start();
        var (client, deadline) = (cluster.Client, cluster.Deadline);
        await client.Submit(Run("train", 16), cancellation: deadline);
        Assert.Equal("changed", (await client.Cordon("n0", "fan is loud", cancellation: deadline)).Outcome);
        Assert.Equal("unchanged", (await client.Cordon("n0", "fan is loud", cancellation: deadline)).Outcome);
        var cordoned = await Node();
        Assert.Equal((NodeState.Cordoned, Environment.UserName, "fan is loud"),
            (cordoned.State, cordoned.StateSet!.By, cordoned.StateSet.Reason));

        var noon = new DateTimeOffset(2100, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal("changed", (await client.Drain("n0", noon, cancellation: deadline)).Outcome);
        var draining = await Node();
        Assert.Equal((NodeState.Draining, noon), (draining.State, draining.EmptyBy));
        var late = await Assert.ThrowsAsync<JobtreeException>(
            () => client.Drain("n0", DateTimeOffset.UnixEpoch, operation: "op-late", cancellation: deadline));
        Assert.Equal((ProblemCode.Invalid, "op-late"), (late.Code, late.Operation));

        Assert.Equal("changed", (await client.Fence("n0", cancellation: deadline)).Outcome);
        Assert.Equal(NodeState.Fenced, (await Node()).State);
        await client.WaitFor(Key("train"), phase => phase == RunPhase.Failed, deadline);
        Assert.Equal("changed", (await client.Uncordon("n0", cancellation: deadline)).Outcome);
        Assert.Equal(NodeState.Ready, (await Node()).State);
        Assert.Equal(ProblemCode.NotFound, (await Assert.ThrowsAsync<JobtreeException>(
            () => client.Fence("n9", cancellation: deadline))).Code);

        async Task<Node> Node() =>
            (await client.Operations.ListNodes(new NodeQuery { Name = "n0" }, deadline)).Succeeded(out var page, out _)
                ? Assert.Single(page.Items).Node : throw new InvalidOperationException("The nodes cannot be listed.");
    }

    private static RunKey Key(string name) => new("default", name);

    private static RunManifest Run(string name, int gpus, string gpuType = "H100") =>
        new(Key(name), new RunSpec { Owner = "org:lab",
            Resources = new Resources { GpuType = gpuType, TotalGPUs = gpus } }, null, null);
}

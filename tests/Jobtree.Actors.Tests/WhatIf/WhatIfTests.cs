using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.WhatIf;

/// <summary>What the answers to what-if questions say, and that asking changes nothing.</summary>
public sealed class WhatIfTests
{
    private static readonly DateTimeOffset Now = VirtualTime.Epoch;

    [Fact]
    public async Task A_funded_run_would_cut_a_guest_and_the_guest_would_come_back_after_it()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 8));
        await Submit(fleet, Run("guest", "guest", 8, hours: 10));
        var report = await Ask(fleet, new() { Manifests = [Run("mine", "a", 8, hours: 2)] });

        Assert.Equal(Now, report.At);
        Assert.Equal(Now + TimeSpan.FromHours(24), report.Until);
        var mine = report.Runs[0];
        Assert.True(mine is { IsAsked: true, Without: null, With: { Phase: RunPhase.Running, Gpus.Owned: 8 } });
        Assert.Equal((Now, Now + TimeSpan.FromHours(2)), (mine.With!.Start, mine.With.End));
        var guest = report.Runs[1];
        Assert.Equal(("guest", false), (guest.Run.Name, guest.IsAsked));
        Assert.True(guest.Without is { Phase: RunPhase.Running, Gpus.Unfunded: 8 });
        Assert.Equal(Now + TimeSpan.FromHours(10), guest.Without!.End);
        Assert.Equal(RunPhase.Pending, guest.With!.Phase);
        Assert.Equal((Now + TimeSpan.FromHours(2), Now + TimeSpan.FromHours(12)), (guest.With.Start, guest.With.End));
        var cut = Assert.Single(report.Cuts);
        Assert.Equal((guest.Run, Now, LeaseEndReason.ReclaimUnfunded, 8, false),
            (cut.Run, cut.At, cut.Rule, cut.Gpus, cut.GoesOn));
        Assert.Equal(mine.Run, cut.For);
        Assert.Equal(
            [new WhatIfOwner("a", default, new ClassSplit(8, 0, 0, 0)),
                new WhatIfOwner("guest", new ClassSplit(0, 0, 0, 8), default)],
            report.Owners);
    }

    [Fact]
    public async Task A_lower_budget_would_change_a_class_and_cut_nobody()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 16));
        await Submit(fleet, Run("runs", "a", 8, hours: 3));
        var report = await Ask(fleet, new() { Manifests = [Budget("a", 0)] });

        Assert.Equal(("Budget", "changed"), (report.Documents[0].Kind, report.Documents[0].Outcome));
        Assert.Equal(
            ["@@ -7,6 +7,6 @@", "   envelopes:", "     - name: e", "       flavor: H100",
                "-      concurrency: 16", "+      concurrency: 0"],
            report.Documents[0].Diff!.Take(6));
        Assert.Equal(new WhatIfOwner("a", new ClassSplit(8, 0, 0, 0), new ClassSplit(0, 0, 0, 8)),
            Assert.Single(report.Owners));
        Assert.Empty(report.Cuts);
    }

    [Fact]
    public async Task A_run_that_would_be_reserved_gets_a_promise_and_starts_when_it_is_due()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 8), Budget("b", 8));
        await Submit(fleet, Run("runs", "b", 8, hours: 0.1));
        var report = await Ask(fleet, new() { Manifests = [Run("next", "a", 8, hours: 1)] });
        var promise = Assert.Single(report.Promises);
        Assert.Equal(("next", null, Now.AddMinutes(6)), (promise.Run.Name, promise.From, promise.To));
        Assert.Equal(Now.AddMinutes(6), Assert.Single(report.Runs).With!.Start);
    }

    [Fact]
    public async Task A_cordoned_node_would_delay_what_waits_for_it()
    {
        await using var fleet = await Start(Node("n1", 8), Node("n2", 8), Budget("a", 16));
        await Submit(fleet, Run("short", "a", 8, hours: 1));
        await Submit(fleet, Run("long", "a", 8, hours: 5));
        await Submit(fleet, Run("waits", "guest", 8, hours: 1));
        var node = (await fleet.Operations.ListLeases(new LeaseQuery { Run = new RunKey("default", "short") }))
            .Value!.Items[0].Lease.Slots[0].Node;
        var report = await Ask(fleet, new() { Nodes = [new NodeChange(node, NodeState.Cordoned)] });

        var waits = Assert.Single(report.Runs);
        Assert.Equal("waits", waits.Run.Name);
        Assert.Equal(Now + TimeSpan.FromHours(1), waits.Without!.Start);
        Assert.Equal(Now + TimeSpan.FromHours(5), waits.With!.Start);
        Assert.Equal(NodeState.Ready, (await fleet.Operations.ListNodes(new NodeQuery { Name = node })).Value!
            .Items[0].Node.State);
    }

    [Fact]
    public async Task A_drained_node_would_take_only_what_ends_in_time()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 16));
        await Submit(fleet, Run("runs", "a", 8, hours: 1));
        await Submit(fleet, Run("short", "guest", 4, hours: 1));
        await Submit(fleet, Run("long", "guest", 4, hours: 3));
        var report = await Ask(fleet, new()
            { Nodes = [new NodeChange("n1", NodeState.Draining, Now.AddHours(3))] });

        Assert.Equal(("Node", "n1"), (report.Documents[0].Kind, report.Documents[0].Name));
        var waits = Assert.Single(report.Runs);
        Assert.Equal(("long", Now.AddHours(1)), (waits.Run.Name, waits.Without!.Start));
        Assert.Null(waits.With!.Start);
        var nodes = (await fleet.Operations.ListNodes(new NodeQuery())).Value!.Items;
        Assert.Equal(NodeState.Ready, Assert.Single(nodes).Node.State);
    }

    [Fact]
    public async Task A_node_that_were_gone_would_send_its_run_back_to_the_queue_or_end_it()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 16));
        await Submit(fleet, Run("fragile", "a", 8, hours: 1));
        var report = await Ask(fleet, new() { Nodes = [new NodeChange("n1", NodeState.Fenced)] });

        var cut = Assert.Single(report.Cuts);
        Assert.Equal(("fragile", LeaseEndReason.NodeFailure, 8, false),
            (cut.Run.Name, cut.Rule, cut.Gpus, cut.GoesOn));
        Assert.Equal(RunPhase.Failed, Assert.Single(report.Runs).With!.Phase);
    }

    [Fact]
    public async Task A_cancelled_run_would_let_the_next_one_start()
    {
        await using var fleet = await Start(Node("n1", 8));
        await Submit(fleet, Run("first", "guest", 8, hours: 40));
        await Submit(fleet, Run("second", "guest", 8, hours: 1));
        var report = await Ask(fleet, new() { WithoutRuns = [new RunKey("default", "first")] });

        Assert.Equal(["first", "second"], report.Runs.Select(run => run.Run.Name));
        Assert.Equal(RunPhase.Failed, report.Runs[0].With!.Phase);
        Assert.Null(report.Runs[1].Without!.Start);
        Assert.Equal(Now, report.Runs[1].With!.Start);
    }

    [Fact]
    public async Task What_a_question_says_happens_when_it_is_done()
    {
        await using var fleet = await Start(Node("n1", 8), Node("n2", 8), Budget("a", 8));
        await Submit(fleet, Run("g1", "guest", 8, hours: 3));
        await Submit(fleet, Run("g2", "guest", 4, hours: 2));
        await Submit(fleet, Run("g3", "guest", 8, hours: 1));
        var added = Run("mine", "a", 8, hours: 1);
        var report = await Ask(fleet, new() { Manifests = [added] });

        await Submit(fleet, added);
        var starts = new Dictionary<string, DateTimeOffset?>();
        for (var hour = 0; hour < 24; hour++)
        {
            foreach (var run in (await fleet.Operations.ListRuns(new RunQuery { Phase = RunPhase.Running })).Value!
                .Items)
            {
                starts[run.Key.Name] = run.Status!.StartedAt;
                var end = run.Status.StartedAt + run.Spec.Runtime!.ExpectedDuration;
                if (end <= fleet.Now)
                    await fleet.Operations.CompleteRun(
                        run.Key, true, null, $"end-{hour}-{run.Key}", run.Status.Attempt);
            }
            await fleet.Step();
            await fleet.AdvanceTo(fleet.Now + TimeSpan.FromHours(1));
        }
        Assert.Equal(["mine", "g1"], report.Runs.Select(run => run.Run.Name));
        Assert.All(report.Runs, run => Assert.Equal(starts[run.Run.Name], run.With!.Start));
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_be_created_changed_and_left()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 8));
        await Submit(fleet, Run("old", "a", 1, hours: 1));
        var report = await Ask(fleet, new()
        {
            Horizon = TimeSpan.Zero,
            Manifests = [Node("n1", 8), Node("n2", 4), Budget("a", 9), Run("old", "a", 1, 1), Run("new", "a", 2, 1)],
        });
        Assert.Equal(["unchanged", "created", "changed", "unchanged", "bound"],
            report.Documents.Select(document => document.Outcome));
        Assert.Null(report.Documents[0].Diff);
        Assert.All(report.Documents[1].Diff!.Skip(1), line => Assert.StartsWith("+", line));
        Assert.Contains("+      concurrency: 9", report.Documents[2].Diff!);
        Assert.Contains("+    totalGPUs: 2", report.Documents[4].Diff!);
        Assert.Equal(report.At, report.Until);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public async Task A_question_is_refused_for_what_applying_would_be_refused_for()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 8));
        await Submit(fleet, Run("old", "a", 1, hours: 1));
        var conflict = await fleet.Operations.WhatIf(new() { Manifests = [Run("old", "a", 2, 1)] });
        Assert.Equal(ProblemCode.Conflict, conflict.Problem?.Code);
        var flavor = await fleet.Operations.WhatIf(new() { Manifests = [Node("n1", 8) with
            { Node = new Node { Name = "n1", Flavor = "A100", Gpus = 8 } }] });
        Assert.Equal(ProblemCode.Conflict, flavor.Problem?.Code);
        var unknown = await fleet.Operations.WhatIf(new() { WithoutBudgets = ["none"] });
        Assert.Equal(ProblemCode.NotFound, unknown.Problem?.Code);
        var missing = await fleet.Operations.WhatIf(new() { WithoutRuns = [new RunKey("default", "none")] });
        Assert.Equal(ProblemCode.NotFound, missing.Problem?.Code);
        var nothing = await fleet.Operations.WhatIf(new());
        Assert.Equal("There is nothing to change: give documents, nodes, budgets or runs.", nothing.Problem?.Detail);
        var far = await fleet.Operations.WhatIf(
            new() { WithoutBudgets = ["a"], Horizon = TimeSpan.FromDays(91) });
        Assert.Equal("The horizon must be 0 to 90 days.", far.Problem?.Detail);
    }

    [Fact]
    public async Task Only_what_the_asker_may_see_is_shown()
    {
        await using var fleet = await Start(Node("n1", 8), Budget("a", 8));
        await Submit(fleet, Run("guest", "guest", 8, hours: 10));
        var report = await Ask(fleet, new() { Manifests = [Run("mine", "a", 8, 2)], VisibleOwners = ["a"] });
        Assert.Equal("mine", Assert.Single(report.Runs).Run.Name);
        Assert.Empty(report.Cuts);
        Assert.Equal("a", Assert.Single(report.Owners).Owner);
    }

    [Fact]
    public async Task A_future_in_which_too_much_happens_is_cut_short_and_says_so()
    {
        await using var fleet = await Start(Node("n1", 1));
        await Submit(fleet, [.. Enumerable.Range(0, 6_000).Select(i => Run($"r{i}", "guest", 1, hours: 0.01))]);
        var report = await Ask(fleet, new() { WithoutBudgets = [], Nodes = [new NodeChange("n1", NodeState.Ready)],
            Horizon = TimeSpan.FromDays(10) });
        Assert.True(report.Until < Now + TimeSpan.FromDays(10));
        Assert.Contains(report.Notes, note => note.StartsWith("More than 10,000 decisions", StringComparison.Ordinal));
    }

    private static async Task<WhatIfReport> Ask(StepFleet fleet, WhatIfQuestion question)
    {
        var before = fleet.Journals.Records.Count;
        var first = await fleet.Operations.WhatIf(question);
        Assert.Null(first.Problem);
        var second = await fleet.Operations.WhatIf(question);
        Assert.Equal(Json(first.Value!), Json(second.Value!));
        Assert.Equal(before, fleet.Journals.Records.Count);
        return first.Value!;
    }

    private static string Json(WhatIfReport report) =>
        JsonSerializer.Serialize(report, OperationsJson.Default.WhatIfReport);

    private static async Task<StepFleet> Start(params Manifest[] manifests)
    {
        var fleet = new StepFleet(Restarts.Never);
        Assert.Null((await fleet.Operations.Apply(manifests, "begin")).Problem);
        await fleet.Step();
        return fleet;
    }

    private static async Task Submit(StepFleet fleet, params Manifest[] manifests)
    {
        Assert.Null((await fleet.Operations.Apply(manifests, $"submit-{fleet.Journals.Records.Count}")).Problem);
        await fleet.Step();
    }

    private static NodeManifest Node(string name, int gpus) =>
        new(new Node { Name = name, Flavor = "H100", Gpus = gpus });

    private static BudgetManifest Budget(string owner, int gpus) => new(new Budget
    {
        Name = owner, Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = gpus,
            Start = Now.AddDays(-1), End = Now.AddYears(1) }],
    });

    private static RunManifest Run(string name, string owner, int gpus, double hours) => new(
        new RunKey("default", name),
        new RunSpec
        {
            Owner = owner,
            Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
            Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromHours(hours) },
        });
}

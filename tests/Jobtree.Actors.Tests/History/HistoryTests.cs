using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.History;

/// <summary>What the ledger tells of a run that is cut for another and comes back.</summary>
public sealed class HistoryTests
{
    private static readonly RunKey Night = new("default", "night");
    private static readonly RunKey Train = new("default", "train");

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task Events_tell_what_happened_and_who_asked(Restarts restarts)
    {
        await using var fleet = await Cut(restarts);
        Done(await fleet.Operations.CompleteRun(Train, true, null, new FleetCommand("end", "alice")));
        await fleet.Step();
        Done(await fleet.Operations.CancelRun(Night, new FleetCommand("stop", "bob")));
        await fleet.Step();
        Assert.Equal(
        [
            "Submitted by bob: asks for 8 GPUs",
            "Bound by bob: starts on 8 GPUs: n1#0-7, paid by nobody",
            "Cut by alice: is cut for default/train and waits again: unfunded work yields to funded demand",
            "Bound by -: starts on 8 GPUs: n1#0-7, paid by nobody",
            "Cancelled by bob: ends",
        ], await Events(fleet, Night));
        Assert.Equal(
        [
            "Submitted by alice: asks for 8 GPUs",
            "Bound by alice: starts on 8 GPUs: n1#0-7, paid by rai/h100",
            "Completed by alice: ends",
        ], await Events(fleet, Train));
    }

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task A_cut_run_explains_itself_with_a_receipt_until_it_runs_again(Restarts restarts)
    {
        await using var fleet = await Cut(restarts);
        var receipt = (await Explain(fleet, Night)).Receipt!;
        Assert.Equal((Train, "H100", "unfunded work yields to funded demand"),
            (receipt.For, receipt.Flavor, receipt.Rule));
        Assert.Equal("starts on 8 GPUs: n1#0-7, paid by rai/h100", receipt.Claim);
        Assert.Equal("it was draw 1 of 1, with 8 of 8 tickets, and lost 4800 GPU-seconds of work", receipt.Lot);
        Assert.Equal(["funded: its 8 GPUs were not, and funded work is not cut at this step"], receipt.Spared);
        Assert.Equal(["its family had no envelope for its claim of 8 GPUs"], receipt.Funding);
        Assert.True((await fleet.Operations.RepeatDraw("H100", receipt.Sequence)).Succeeded(out var draw, out _));
        Assert.True(draw.Repeats);
        Assert.Equal(receipt.Seed, draw.Seed);
        Assert.Null((await Explain(fleet, Train)).Receipt);

        Done(await fleet.Operations.CompleteRun(Train, true, null, "end"));
        await fleet.Step();
        Assert.Null((await Explain(fleet, Night)).Receipt);
    }

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task A_receipt_says_how_the_envelope_stood_then_whatever_budgets_say_now(Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        await Apply(fleet, Node(), Budget("lab", "org:lab", 4), Budget("rai", "rai", 8));
        await Apply(fleet, Run(new RunKey("default", "first"), "org:lab", 4));
        await Apply(fleet, Run(Night, "org:lab", 4));
        await Apply(fleet, Run(Train, "rai", 4));
        await Apply(fleet, Budget("lab", "org:lab", 64));
        Assert.Equal(["lab/h100 funded 4 of its 4 GPUs; its claim of 4 GPUs was beyond that"],
            (await Explain(fleet, Night)).Receipt!.Funding);
    }

    [Fact]
    public async Task A_receipt_says_whose_claim_came_before_that_of_a_guest()
    {
        await using var fleet = new StepFleet(Restarts.Never);
        await Apply(fleet, Node(), Budget("rai", "org:rai", 8), Budget("lab", "org:lab", 0));
        await Apply(fleet, Run(Night, "org:lab", 8));
        await Apply(fleet, Run(Train, "org:rai", 8));
        Assert.Equal(["rai/h100 funds 8 of its 8 GPUs now that default/train comes before it there; "
            + "its claim of 8 GPUs would be beyond that"], (await Explain(fleet, Night)).Receipt!.Funding);
    }

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task What_an_elastic_run_gave_up_is_told_with_the_claim_that_needed_it(Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        await Apply(fleet, Node(), Budget("rai", "org:rai", 8));
        var night = Run(Night, "org:lab", 8);
        await Apply(fleet, night with { Spec = night.Spec with { Malleable = new Malleable
            { MinTotalGPUs = 2, MaxTotalGPUs = 8, StepGPUs = 2 } } });
        Assert.Null((await Explain(fleet, Night)).Losses);
        await Apply(fleet, Run(Train, "org:rai", 4));
        Done(await fleet.Operations.ShrinkRun(Night, 2, new FleetCommand("shrink", "bob")));
        await fleet.Step();
        Assert.Equal(
        [
            "ReclaimUnfunded by alice: gives up 4 GPUs: unfunded work yields to funded demand for default/train, "
                + "which starts on 4 GPUs: n1#4-7, paid by rai/h100",
            "Shrunk by bob: gives up 1 lease: elastic runs shrink",
        ], (await Explain(fleet, Night)).Losses!.Select(loss => $"{loss.Kind} by {loss.By}: {loss.Text}"));
    }

    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task Every_hold_and_release_is_told_with_who_asked(Restarts restarts)
    {
        await using var fleet = await Cut(restarts);
        var report = new RunKey("default", "report");
        var follows = Run(report, "org:lab");
        await Apply(fleet, follows with { Spec = follows.Spec with { Follow = new Follow { After = ["train"] } } });
        // It follows a run and so is in no queue and no ledger.
        Done(await fleet.Operations.HoldRun(report, "numbers are wrong", new FleetCommand("hold-1", "bob")));
        await fleet.Step();
        await fleet.AdvanceTo(VirtualTime.Epoch.AddMinutes(11));
        Done(await fleet.Operations.ReleaseRun(report, new FleetCommand("release-1", "carol")));
        await fleet.Step();
        Assert.Equal(
        [
            "Submitted by alice: asks for 8 GPUs",
            "Held by bob: is held: numbers are wrong",
            "Released by carol: may go on",
        ], await Events(fleet, report));

        // It waits in the queue.
        Done(await fleet.Operations.HoldRun(Night, null, new FleetCommand("hold-2", "dave")));
        await fleet.Step();
        await fleet.AdvanceTo(VirtualTime.Epoch.AddMinutes(12));
        Done(await fleet.Operations.ReleaseRun(Night, new FleetCommand("release-2", "erin")));
        await fleet.Step();
        Assert.Equal(
        [
            "Submitted by bob: asks for 8 GPUs",
            "Bound by bob: starts on 8 GPUs: n1#0-7, paid by nobody",
            "Cut by alice: is cut for default/train and waits again: unfunded work yields to funded demand",
            "Held by dave: is held",
            "Withdrawn by dave: leaves the queue while it is held",
            "Released by erin: may go on",
            "Queued by erin: waits in the queue",
        ], await Events(fleet, Night));
    }

    [Fact]
    public async Task Of_many_holds_the_last_are_told_and_how_many_are_not()
    {
        await using var fleet = await Cut(Restarts.Never);
        for (var i = 0; i < 40; i++)
        {
            Done(await fleet.Operations.HoldRun(Night, $"number {i}", new FleetCommand($"hold-{i}", "bob")));
            Done(await fleet.Operations.ReleaseRun(Night, new FleetCommand($"release-{i}", "bob")));
            await fleet.Step();
        }
        Assert.True((await fleet.Operations.RunEvents(Night)).Succeeded(out var history, out _));
        Assert.Equal(64, history.Events.Count(happened => happened.Kind is "Held" or "Released"));
        Assert.Equal(["The first 16 of its holds and releases are not kept any more."], history.Gaps);
    }

    [Fact]
    public async Task Budgets_and_nodes_are_changed_by_somebody()
    {
        await using var fleet = await Cut(Restarts.Never);
        Done(await fleet.Operations.SetNodeState("n1", NodeState.Cordoned, "carol", "fans", "cordon"));
        Done(await fleet.Operations.DeleteBudget("rai", new FleetCommand("gone", "dave")));
        await fleet.Step();
        Assert.True((await fleet.Operations.ReadLedger("H100")).Succeeded(out var page, out _));
        var by = page.Entries.Select(entry => Core.Ledger.LedgerFormat.Read(entry.Bytes, null))
            .Where(entry => entry.Nodes is not null || entry.Budgets is not null || entry.BudgetsRemoved is not null)
            .Select(entry => entry.By);
        Assert.Equal(["ops", "ops", "carol", "dave"], by);
    }

    [Fact]
    public async Task Use_of_the_past_is_told_by_envelope_run_and_owner()
    {
        await using var fleet = await Cut(Restarts.Never);
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(1));
        Assert.Equal(["rai/h100 org:rai 6.67 0", "0 1.33"], await Usage(fleet, UsageBy.Envelope));
        Assert.Equal(["default/night org:lab 0 1.33", "default/train org:rai 6.67 0"], await Usage(fleet, UsageBy.Run));
        Assert.Equal(["org:lab 0 1.33", "org:rai 6.67 0"], await Usage(fleet, UsageBy.Owner));
        var backwards = await fleet.Operations.UsageBetween(
            new UsageQuery { From = VirtualTime.Epoch.AddHours(2), To = VirtualTime.Epoch });
        Assert.Equal(ProblemCode.Invalid, backwards.Problem!.Code);
        var future = await fleet.Operations.ListLeases(new LeaseQuery { At = fleet.Now.AddSeconds(1) });
        Assert.Equal(ProblemCode.Invalid, future.Problem!.Code);
    }

    [Fact]
    public async Task A_fleet_without_a_ledger_says_so()
    {
        await using var fleet = await Cut(Restarts.Never);
        var operations = new FleetOperations(fleet.Actors, VirtualTime.Begin());
        Assert.Equal(ProblemCode.NotFound, (await operations.ReadLedger("H100")).Problem!.Code);
        Assert.Equal(ProblemCode.NotFound, (await operations.RunEvents(Night)).Problem!.Code);
        Assert.Equal(ProblemCode.NotFound, (await operations.RepeatDraw("H100", 1)).Problem!.Code);
        Assert.Equal(ProblemCode.NotFound,
            (await operations.UsageBetween(new UsageQuery { From = DateTimeOffset.UnixEpoch })).Problem!.Code);
        Assert.Null((await operations.ExplainRun(Night)).Value!.Receipt);
    }

    /// <summary>Unfunded work of one run for ten minutes, then a funded run that needs all of its GPUs.</summary>
    private static async Task<StepFleet> Cut(Restarts restarts)
    {
        var fleet = new StepFleet(restarts);
        Done(await fleet.Operations.Apply([Node(), Budget("rai", "org:rai", 8)], new FleetCommand("begin", "ops")));
        await fleet.Step();
        Done(await fleet.Operations.Apply([Run(Night, "org:lab")], new FleetCommand("night", "bob")));
        await fleet.Step();
        await fleet.AdvanceTo(VirtualTime.Epoch.AddMinutes(10));
        Done(await fleet.Operations.Apply([Run(Train, "org:rai")], new FleetCommand("train", "alice")));
        await fleet.Step();
        return fleet;
    }

    private static async Task Apply(StepFleet fleet, params Manifest[] manifests)
    {
        Done(await fleet.Operations.Apply(manifests, new FleetCommand(
            string.Join('+', manifests.Select(manifest => manifest.Identity).Prepend($"{fleet.Now:O}")), "alice")));
        await fleet.Step();
    }

    private static NodeManifest Node() => new(new Node { Name = "n1", Flavor = "H100", Gpus = 8 });

    private static BudgetManifest Budget(string name, string owner, int gpus) => new(new Budget
    {
        Name = name,
        Owner = owner,
        Parents = owner.StartsWith("org:", StringComparison.Ordinal) ? ["org"] : [],
        Envelopes = [new Envelope { Name = "h100", Flavor = "H100", Concurrency = gpus,
            Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.UnixEpoch.AddYears(200) }],
    });

    private static RunManifest Run(RunKey key, string owner, int gpus = 8) => new(
        key, new RunSpec { Owner = owner, Resources = new Resources { GpuType = "H100", TotalGPUs = gpus } });

    private static async Task<IReadOnlyList<string>> Events(StepFleet fleet, RunKey run)
    {
        Assert.True((await fleet.Operations.RunEvents(run)).Succeeded(out var history, out var problem),
            problem?.Detail);
        Assert.Empty(history.Gaps);
        return [.. history.Events.Select(
            happened => $"{happened.Kind} by {happened.By ?? "-"}: {happened.Text.Split("; seed")[0]}")];
    }

    private static async Task<Explanation> Explain(StepFleet fleet, RunKey run) =>
        (await fleet.Operations.ExplainRun(run)).Value!;

    private static async Task<string[]> Usage(StepFleet fleet, UsageBy by)
    {
        Assert.True((await fleet.Operations.UsageBetween(new UsageQuery { From = VirtualTime.Epoch, By = by }))
            .Succeeded(out var report, out var problem), problem?.Detail);
        Assert.Empty(report.Gaps);
        Assert.Equal(8, report.Total.Total(), 0.001);
        return [.. report.Items.Select(row => string.Join(' ', new object?[]
        {
            row.Envelope, row.Run, row.Owner, Math.Round(row.GpuHours.Owned, 2), Math.Round(row.GpuHours.Unfunded, 2),
        }.Where(part => part is not null)))];
    }

    private static void Done<T>(Result<T> result) => Assert.True(result.Succeeded(out _, out var problem),
        problem?.Detail);
}

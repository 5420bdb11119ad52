using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>
/// No operation answers before what it shows is durable, and none answers once that can never be. The table below must
/// name every method of <see cref="IOperations"/>.
/// </summary>
public sealed class DurableAnswerTests
{
    private static readonly RunKey Train = RunKey.Parse("default/train");

    private static readonly RunManifest New = new(RunKey.Parse("default/new"), SpecOf(1));

    private static readonly Dictionary<string, Func<IOperations, Task<Problem?>>> Asked = new()
    {
        ["Apply"] = fleet => ProblemOf(fleet.Apply([New], "apply")),
        ["GetRun"] = fleet => ProblemOf(fleet.GetRun(Train)),
        ["ListRuns"] = fleet => ProblemOf(fleet.ListRuns(new RunQuery())),
        ["ListHistory"] = fleet => ProblemOf(fleet.ListHistory(new HistoryQuery())),
        ["WatchRuns"] = FirstChange,
        ["CancelRun"] = fleet => ProblemOf(fleet.CancelRun(Train, "cancel")),
        ["HoldRun"] = fleet => ProblemOf(fleet.HoldRun(Train, null, "hold")),
        ["ReleaseRun"] = fleet => ProblemOf(fleet.ReleaseRun(Train, "release")),
        ["CompleteRun"] = fleet => ProblemOf(fleet.CompleteRun(Train, true, null, "complete")),
        ["ReportRun"] = fleet => ProblemOf(fleet.ReportRun(Train, new WorkloadReport { Progress = 0.5 })),
        ["ReportNode"] = fleet => ProblemOf(fleet.ReportNode("n1", new NodeUsage(Gpu: 0.5))),
        ["ExplainRun"] = fleet => ProblemOf(fleet.ExplainRun(Train)),
        ["PlanRun"] = fleet => ProblemOf(fleet.PlanRun(New)),
        ["ShrinkRun"] = fleet => ProblemOf(fleet.ShrinkRun(Train, 4, "shrink")),
        ["WhatIf"] = fleet => ProblemOf(fleet.WhatIf(new WhatIfQuestion { Manifests = [New] })),
        ["Export"] = FirstDocument,
        ["AddSponsor"] = fleet => ProblemOf(fleet.AddSponsor(Train, "org:b", "sponsor")),
        ["ListNodes"] = fleet => ProblemOf(fleet.ListNodes(new NodeQuery())),
        ["SetNodeState"] = fleet => ProblemOf(
            fleet.SetNodeState("spare", NodeState.Cordoned, "ops", null, "cordon")),
        ["DeleteNode"] = fleet => ProblemOf(fleet.DeleteNode("spare", "delete")),
        ["ListBudgets"] = fleet => ProblemOf(fleet.ListBudgets()),
        ["DeleteBudget"] = fleet => ProblemOf(fleet.DeleteBudget("lab", "delete")),
        ["BudgetsUsage"] = fleet => ProblemOf(fleet.BudgetsUsage()),
        ["ListLeases"] = fleet => ProblemOf(fleet.ListLeases(new LeaseQuery())),
        ["ListReservations"] = fleet => ProblemOf(fleet.ListReservations()),
        ["ListFlavors"] = fleet => ProblemOf(fleet.ListFlavors()),
        ["Audit"] = fleet => ProblemOf(fleet.Audit()),
        ["ReadLedger"] = fleet => ProblemOf(fleet.ReadLedger("H100")),
        ["RunEvents"] = fleet => ProblemOf(fleet.RunEvents(Train)),
        ["RepeatDraw"] = fleet => ProblemOf(fleet.RepeatDraw("H100", 1)),
        ["UsageBetween"] = fleet => ProblemOf(
            fleet.UsageBetween(new UsageQuery { From = DateTimeOffset.UnixEpoch })),
    };

    public static TheoryData<string> Names => [.. typeof(IOperations).GetMethods()
        .Concat(typeof(ILedgerOperations).GetMethods()).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_operation_answers_before_what_it_shows_is_durable(string operation)
    {
        await using var fleet = await Fleet();
        var durable = new TaskCompletionSource();
        var answer = Asked[operation](Over(fleet, cancellation => new ValueTask(durable.Task)));
        Assert.False(answer.IsCompleted);
        durable.SetResult();
        Assert.NotEqual(ProblemCode.Unavailable, (await answer)?.Code);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_operation_is_refused_once_nothing_can_become_durable_any_more(string operation)
    {
        await using var fleet = await Fleet();
        var refused = await Asked[operation](
            Over(fleet, static _ => ValueTask.FromException(new IOException("The disk is broken."))));
        Assert.Equal(ProblemCode.Unavailable, refused?.Code);
    }

    private static async Task<StepFleet> Fleet()
    {
        var fleet = new StepFleet(Restarts.Never);
        Assert.Null(await ProblemOf(fleet.Operations.Apply(
            [
                NodeOf("n1"), NodeOf("spare"),
                new BudgetManifest(new Budget { Name = "lab", Owner = "org:lab" }),
                new RunManifest(Train, SpecOf(8)),
            ],
            "fleet")));
        await fleet.Step();
        return fleet;
    }

    private static NodeManifest NodeOf(string name) =>
        new(new Node { Name = name, Flavor = "H100", Gpus = 8 });

    private static RunSpec SpecOf(int gpus) =>
        new() { Owner = "org:lab", Resources = new Resources { GpuType = "H100", TotalGPUs = gpus } };

    private static FleetOperations Over(StepFleet fleet, Func<CancellationToken, ValueTask> barrier) =>
        new(fleet.Actors, TimeProvider.System, barrier);

    private static async Task<Problem?> ProblemOf<T>(Task<Result<T>> asked) => (await asked).Problem;

    /// <summary>A watch cannot say why it tells nothing: it ends, and the next one is refused by the API.</summary>
    private static async Task<Problem?> FirstChange(IOperations fleet)
    {
        await foreach (var _ in fleet.WatchRuns(new RunQuery()))
            return null;
        return new Problem(ProblemCode.Unavailable, "The watch ended.");
    }

    /// <summary>An export cannot say why it tells nothing: it fails.</summary>
    private static async Task<Problem?> FirstDocument(IOperations fleet)
    {
        try
        {
            await foreach (var _ in fleet.Export())
                return null;
            throw new InvalidOperationException("There is no document.");
        }
        catch (IOException failure)
        {
            return new Problem(ProblemCode.Unavailable, failure.Message);
        }
    }
}

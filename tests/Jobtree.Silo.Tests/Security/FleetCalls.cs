using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Silo.Tests.Security;

/// <summary>A method that clients of the cluster may call, and the route of the API that does the same.</summary>
/// <param name="Method">The method.</param>
/// <param name="Call">Calls it about something of an owner. A list that does not have it is a problem too.</param>
/// <param name="Verb">The route's method.</param>
/// <param name="Path">The route's path; absent: there is no route that answers alike.</param>
/// <param name="Body">The request's body.</param>
/// <param name="Lists">What the answer must contain to be about the target.</param>
internal sealed record FleetCall(string Method, Func<IOperations, CallTarget, Task<Problem?>> Call, string Verb = "GET",
    Func<CallTarget, string>? Path = null, Func<CallTarget, string>? Body = null,
    Func<CallTarget, string>? Lists = null)
{
    public static FleetCall Of<T>(string method, Func<IOperations, CallTarget, Task<Result<T>>> call,
        string verb = "GET", Func<CallTarget, string>? path = null, Func<CallTarget, string>? body = null) =>
        new(method, async (fleet, target) => (await call(fleet, target)).Problem, verb, path, body);

    public static FleetCall List<T>(string method, Func<IOperations, CallTarget, Task<Result<T>>> call,
        Func<T, IEnumerable<string>> names, Func<CallTarget, string> name, Func<CallTarget, string> path) =>
        new(method, async (fleet, target) =>
        {
            var answer = await call(fleet, target);
            return answer.Problem ?? (names(answer.Value!).Contains(name(target)) ? null
                : new Problem(ProblemCode.NotFound, "It is not in the list."));
        }, "GET", path, null, name);
}

/// <summary>What a call is about: each door and caller has things of its own, so that calls do not disturb each
/// other.</summary>
/// <param name="Whose">Whose they are: own or foreign.</param>
/// <param name="Owner">Their owner.</param>
/// <param name="By">Who calls.</param>
/// <param name="Door">By which door.</param>
internal sealed record CallTarget(string Whose, string Owner, string By, string Door)
{
    public string Name => $"{Whose}-{By}-{Door}";

    public RunKey Run => new("default", $"run-{Name}");

    public string Budget => $"budget-{Name}";

    public string Node => $"node-{Name}";

    public string Operation(string method) => $"{method}-{Name}";

    public RunManifest NewRun => new(new RunKey("default", $"new-{Name}"), new RunSpec
    {
        Owner = Owner, Resources = new Resources { GpuType = "H100", TotalGPUs = 1 },
    }, null, null);

    public string NewRunText => ManifestText("new-" + Name, "H100");

    public string ManifestText(string name, string flavor) =>
        $$$$"""{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"{{{{name}}}}"},"spec":{"owner":""" +
        $$$$"""
        "{{{{Owner}}}}","resources":{"gpuType":"{{{{flavor}}}}","totalGPUs":1},"runtime":{"expectedDuration":"1h"}}}
        """;
}

/// <summary>Every method.</summary>
internal static class FleetCalls
{
    private static readonly RunQuery AllRuns = new() { Limit = RunQuery.LimitMax };

    public static IReadOnlyList<FleetCall> All { get; } =
    [
        FleetCall.Of("Apply", (fleet, on) => fleet.Apply([on.NewRun], on.Operation("apply")),
            "POST", _ => "/v1/runs", on => on.NewRunText),
        FleetCall.Of("GetRun", (fleet, on) => fleet.GetRun(on.Run), path: on => Run(on)),
        FleetCall.List("ListRuns", (fleet, _) => fleet.ListRuns(AllRuns),
            page => page.Items.Select(run => run.Key.Name), on => on.Run.Name, _ => "/v1/runs?limit=1000"),
        FleetCall.List("ListHistory", (fleet, _) => fleet.ListHistory(new HistoryQuery()),
            page => page.Items.Select(run => run.Key.Name), on => $"ended-{on.Whose}", _ => "/v1/history"),
        new("WatchRuns", Watch),
        FleetCall.Of("ReportRun", (fleet, on) => fleet.ReportRun(on.Run, new WorkloadReport { Loss = 1 }),
            "POST", on => Run(on, "/telemetry"), _ => """{"loss":1}"""),
        FleetCall.Of("ReportNode", (fleet, _) => fleet.ReportNode("n1", new NodeUsage(0.5)),
            "POST", _ => "/v1/nodes/n1/telemetry", _ => """{"gpu":0.5}"""),
        FleetCall.Of("ExplainRun", (fleet, on) => fleet.ExplainRun(on.Run), path: on => Run(on, "/explain")),
        FleetCall.Of("PlanRun", (fleet, on) => fleet.PlanRun(on.NewRun),
            "POST", _ => "/v1/plan", on => on.NewRunText),
        FleetCall.Of("WhatIf", (fleet, on) => fleet.WhatIf(new WhatIfQuestion { WithoutRuns = [on.Run] }),
            "POST", _ => "/v1/plan/what-if", on => $$"""{"withoutRuns":["{{on.Run}}"]}"""),
        FleetCall.Of("HoldRun", (fleet, on) => fleet.HoldRun(on.Run, null, on.Operation("hold")),
            "POST", on => Run(on, "/hold"), _ => "{}"),
        FleetCall.Of("ReleaseRun", (fleet, on) => fleet.ReleaseRun(on.Run, on.Operation("release")),
            "POST", on => Run(on, "/release")),
        FleetCall.Of("AddSponsor", (fleet, on) => fleet.AddSponsor(on.Run, "org:ai", on.Operation("sponsor")),
            "POST", on => Run(on, "/sponsors"), _ => """{"sponsor":"org:ai"}"""),
        FleetCall.Of("ShrinkRun", (fleet, on) => fleet.ShrinkRun(on.Run, 1, on.Operation("shrink")),
            "POST", on => Run(on, "/shrink"), _ => """{"gpus":1}"""),
        FleetCall.List("ListLeases", (fleet, on) => fleet.ListLeases(new LeaseQuery { Run = on.Run }),
            page => page.Items.Select(lease => lease.Lease.Run.Name), on => on.Run.Name,
            on => $"/v1/leases?run={on.Run}"),
        FleetCall.List("ListReservations", (fleet, _) => fleet.ListReservations(),
            views => views.Select(view => view.Reservation.Run.Name), on => $"later-{on.Whose}",
            _ => "/v1/reservations"),
        FleetCall.Of("RunEvents", (fleet, on) => fleet.RunEvents(on.Run), path: on => Run(on, "/events")),
        FleetCall.List("UsageBetween", (fleet, _) => fleet.UsageBetween(
            new UsageQuery { From = DateTimeOffset.UnixEpoch, By = UsageBy.Run }),
            report => report.Items.Select(row => row.Run!.Value.Name), on => on.Run.Name, _ => "/v1/usage?by=run"),
        FleetCall.Of("CompleteRun", (fleet, on) => fleet.CompleteRun(on.Run, true, null, on.Operation("complete")),
            "POST", on => Run(on, "/complete"), _ => """{"succeeded":true}"""),
        FleetCall.Of("CancelRun", (fleet, on) => fleet.CancelRun(on.Run, on.Operation("cancel")),
            "POST", on => Run(on, "/cancel")),
        FleetCall.Of("ListNodes", (fleet, _) => fleet.ListNodes(new NodeQuery()), path: _ => "/v1/nodes"),
        FleetCall.Of("ListBudgets", (fleet, _) => fleet.ListBudgets(), path: _ => "/v1/budgets"),
        FleetCall.Of("ListFlavors", (fleet, _) => fleet.ListFlavors(), path: _ => "/v1/flavors"),
        FleetCall.Of("BudgetsUsage", (fleet, on) => fleet.BudgetsUsage(on.Owner), path: _ => "/v1/budgets/usage"),
        FleetCall.Of("DeleteBudget", (fleet, on) => fleet.DeleteBudget(on.Budget, on.Operation("budget")),
            "DELETE", on => $"/v1/budgets/{on.Budget}"),
        FleetCall.Of("SetNodeState",
            (fleet, on) => fleet.SetNodeState(on.Node, NodeState.Cordoned, "", null, on.Operation("state")),
            "POST", on => $"/v1/nodes/{on.Node}/state", _ => """{"state":"Cordoned"}"""),
        FleetCall.Of("DeleteNode", (fleet, on) => fleet.DeleteNode(on.Node, on.Operation("node")),
            "DELETE", on => $"/v1/nodes/{on.Node}"),
        FleetCall.Of("ReadLedger", (fleet, _) => fleet.ReadLedger("H100"), path: _ => "/v1/ledger/H100?limit=1"),
        FleetCall.Of("RepeatDraw", (fleet, _) => fleet.RepeatDraw("H100", 1), path: _ => "/v1/ledger/H100/1/draw"),
        new("Export", async (fleet, _) => await Refused(fleet.Export(), 1, _ => true), Path: _ => "/v1/export"),
        FleetCall.Of("Audit", (fleet, _) => fleet.Audit(), path: _ => "/v1/audit"),
    ];

    private static string Run(CallTarget on, string more = "") => $"/v1/runs/{on.Run}{more}";

    /// <summary>The present states come without waits, as many as there are runs that the caller may see.</summary>
    private static async Task<Problem?> Watch(IOperations fleet, CallTarget on)
    {
        var runs = await fleet.ListRuns(AllRuns);
        return await Refused(fleet.WatchRuns(new RunQuery()), runs.Value?.Items.Count ?? 1,
            change => change.Run.Key == on.Run);
    }

    private static async Task<Problem?> Refused<T>(IAsyncEnumerable<T> stream, int items, Func<T, bool> isIt)
    {
        try
        {
            await foreach (var item in stream)
            {
                if (isIt(item))
                    return null;
                if (--items == 0)
                    break;
            }
            return new Problem(ProblemCode.NotFound, "It is not in the stream.");
        }
        catch (StreamRefusedException refusal)
        {
            return refusal.Problem;
        }
    }
}

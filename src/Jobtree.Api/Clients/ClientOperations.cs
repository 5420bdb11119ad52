using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Api.Access;
using Jobtree.Api.Requests;
using Jobtree.Api.Routes;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Api.Clients;

/// <summary>
/// One call of a client of the cluster. Each method says what its route in the API says: the role that it needs, and
/// what its arguments must look like, since a client can send any.
/// </summary>
internal sealed class ClientOperations(ClientAccess door, string? token, string? address) : IOperations
{
    public Task<Result<IReadOnlyList<Applied>>> Apply(IReadOnlyList<Manifest> manifests, FleetCommand operation,
        string? traceParent = null, bool again = false, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, null, (fleet, command) =>
            fleet.Apply(manifests, command, traceParent, again, cancellation), cancellation);

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongRun(run), fleet => fleet.GetRun(run, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongLimit(query.Limit), fleet => fleet.ListRuns(query, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongLimit(query.Limit), fleet => fleet.ListHistory(query, cancellation), cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, CancellationToken cancellation = default) =>
        door.Stream(token, new ClientCall(nameof(WatchRuns), Role.Viewer, Address: address),
            (fleet, ends) => fleet.WatchRuns(query, after, ends), cancellation);

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, WrongRun(run), (fleet, command) =>
            fleet.CancelRun(run, command, cancellation), cancellation);

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, WrongRun(run), (fleet, command) =>
            fleet.HoldRun(run, reason, command, cancellation), cancellation);

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, WrongRun(run), (fleet, command) =>
            fleet.ReleaseRun(run, command, cancellation), cancellation);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, WrongRun(run), (fleet, command) =>
            fleet.CompleteRun(run, succeeded, message, command, attempt, cancellation), cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        Read(Role.Submitter, WrongRun(run), fleet => fleet.ReportRun(run, report, cancellation), cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        Read(Role.Operator, WrongNode(node), fleet => fleet.ReportNode(node, usage, cancellation), cancellation);

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongRun(run), fleet => fleet.ExplainRun(run, cancellation), cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        Read(Role.Viewer, null, fleet => fleet.PlanRun(run, cancellation), cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Read(question.IsDryRun ? Role.Submitter : Role.Viewer, WhatIfRoutes.NamesWrong(question),
            fleet => fleet.WhatIf(question, cancellation), cancellation);

    public Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation,
            WrongRun(run) ?? Wrong(OwnerPaths.IsPath(sponsor), $"sponsor: not an owner; {OwnerPaths.Allowed}."),
            (fleet, command) => fleet.AddSponsor(run, sponsor, command, cancellation), cancellation);

    public Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Submitter, operation, WrongRun(run), (fleet, command) =>
            fleet.ShrinkRun(run, gpus, command, cancellation), cancellation);

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongLimit(query.Limit), fleet => fleet.ListNodes(query, cancellation), cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        Command(Role.Operator, operation,
            WrongNode(node) ?? Wrong(Enum.IsDefined(state),
                $"state: one of {string.Join(", ", Enum.GetNames<NodeState>())}."),
            (fleet, command) => fleet.SetNodeState(
                node, state, command.By ?? by, reason, command, emptyBy, cancellation), cancellation);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Operator, operation, WrongNode(node), (fleet, command) =>
            fleet.DeleteNode(node, command, cancellation), cancellation);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        Read(Role.Viewer, null, fleet => fleet.ListBudgets(cancellation), cancellation);

    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(Role.Operator, operation,
            Wrong(Names.IsBudget(budget), $"budget: not a budget, written namespace/name; {Names.Allowed}."),
            (fleet, command) => fleet.DeleteBudget(budget, command, cancellation), cancellation);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        Read(Role.Viewer, null, fleet => fleet.BudgetsUsage(owner, cancellation), cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongLimit(query.Limit), fleet => fleet.ListLeases(query, cancellation), cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        Read(Role.Viewer, null, fleet => fleet.ListReservations(flavor, cancellation), cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        Read(Role.Viewer, null, fleet => fleet.ListFlavors(cancellation), cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) =>
        Read(Role.Operator,
            WrongFlavor(flavor) ?? Wrong(after >= 0 && limit is >= 1 and <= ILedgers.PageMax,
                $"after: a whole number from 0; limit: one from 1 to {ILedgers.PageMax}."),
            fleet => fleet.ReadLedger(flavor, after, limit, cancellation), cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        Read(Role.Viewer, WrongRun(run), fleet => fleet.RunEvents(run, cancellation), cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        Read(Role.Operator, WrongFlavor(flavor),
            fleet => fleet.RepeatDraw(flavor, sequence, cancellation), cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        Read(Role.Viewer, Wrong(Enum.IsDefined(query.By), $"by: one of {string.Join(", ", Enum.GetNames<UsageBy>())}."),
            fleet => fleet.UsageBetween(query, cancellation), cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default) =>
        door.Stream(token, new ClientCall(nameof(Export), Role.Viewer, Address: address),
            static (fleet, ends) => fleet.Export(ends), cancellation);

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        Read(Role.Operator, null, fleet => fleet.Audit(cancellation), cancellation);

    private Task<Result<T>> Read<T>(Role needed, Problem? wrong, Func<CallerOperations, Task<Result<T>>> answer,
        CancellationToken cancellation, [CallerMemberName] string method = "") =>
        door.Answer(token, new ClientCall(method, needed, wrong, Address: address),
            (fleet, _) => answer(fleet), cancellation);

    private Task<Result<T>> Command<T>(Role needed, FleetCommand operation, Problem? wrong,
        Func<CallerOperations, FleetCommand, Task<Result<T>>> answer, CancellationToken cancellation,
        [CallerMemberName] string method = "") =>
        door.Answer(token, new ClientCall(method, needed,
            Wrong(OperationId.IsId(operation.Id),
                $"operation: 1 to {OperationId.LengthMax} visible ASCII characters and no blanks.") ?? wrong,
            operation, address), answer, cancellation);

    private static Problem? WrongRun(RunKey run) =>
        Wrong(run is { Namespace: { } home, Name: { } name } && Names.IsLabel(home) && Names.IsName(name),
            $"run: namespace and name are {Names.Allowed}.");

    private static Problem? WrongNode(string node) => Wrong(Names.IsName(node), $"node: {Names.Allowed}.");

    private static Problem? WrongFlavor(string flavor) =>
        Wrong(Names.IsFlavor(flavor), "flavor: letters, digits, '.', '_' and '-'.");

    private static Problem? WrongLimit(int limit) => Wrong(limit is >= 1 and <= RunQuery.LimitMax,
        $"limit: a whole number from 1 to {RunQuery.LimitMax}.");

    private static Problem? Wrong(bool isRight, string what) =>
        isRight ? null : new Problem(ProblemCode.Invalid, what);
}

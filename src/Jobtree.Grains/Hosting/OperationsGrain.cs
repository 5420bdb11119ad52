using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The operations for one cluster client, on the silo to which it is connected. Not a stateless worker: a stream is
/// read by many calls, and each must come to the activation that has it.
/// </summary>
[GrainType("operations")]
[PreferLocalPlacement]
[Reentrant]
internal sealed class OperationsGrain(ClusterOperations operations) : Grain, IOperationsGrain
{
    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default) =>
        operations.Apply(manifests, operation, traceParent, again, cancellation);

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        operations.GetRun(run, cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        operations.ListRuns(query, cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        operations.ListHistory(query, cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null,
        CancellationToken cancellation = default) => operations.WatchRuns(query, after, cancellation);

    public Task<Result<RunManifest>> CancelRun(RunKey run, FleetCommand operation,
        CancellationToken cancellation = default) => operations.CancelRun(run, operation, cancellation);

    public Task<Result<RunManifest>> HoldRun(RunKey run, string? reason, FleetCommand operation,
        CancellationToken cancellation = default) => operations.HoldRun(run, reason, operation, cancellation);

    public Task<Result<RunManifest>> ReleaseRun(RunKey run, FleetCommand operation,
        CancellationToken cancellation = default) => operations.ReleaseRun(run, operation, cancellation);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        operations.CompleteRun(run, succeeded, message, operation, attempt, cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        operations.ReportRun(run, report, cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        operations.ReportNode(node, usage, cancellation);

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        operations.ExplainRun(run, cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        operations.PlanRun(run, cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        operations.WhatIf(question, cancellation);

    public Task<Result<RunManifest>> AddSponsor(RunKey run, string sponsor, FleetCommand operation,
        CancellationToken cancellation = default) => operations.AddSponsor(run, sponsor, operation, cancellation);

    public Task<Result<RunManifest>> ShrinkRun(RunKey run, int gpus, FleetCommand operation,
        CancellationToken cancellation = default) => operations.ShrinkRun(run, gpus, operation, cancellation);

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        operations.ListNodes(query, cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        operations.SetNodeState(node, state, by, reason, operation, emptyBy, cancellation);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        operations.DeleteNode(node, operation, cancellation);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        operations.ListBudgets(cancellation);

    public Task<Result<Applied>> DeleteBudget(string budget, FleetCommand operation,
        CancellationToken cancellation = default) => operations.DeleteBudget(budget, operation, cancellation);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) => operations.BudgetsUsage(owner, cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        operations.ListLeases(query, cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(string? flavor = null,
        CancellationToken cancellation = default) => operations.ListReservations(flavor, cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        operations.ListFlavors(cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) => operations.ReadLedger(flavor, after, limit, cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        operations.RunEvents(run, cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        operations.RepeatDraw(flavor, sequence, cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        operations.UsageBetween(query, cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default) =>
        operations.Export(cancellation);

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) => operations.Audit(cancellation);
}

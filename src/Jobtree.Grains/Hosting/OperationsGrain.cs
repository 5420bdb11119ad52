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
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The operations for one cluster client, on the silo to which it is connected, as far as the client's token allows.
/// Not a stateless worker: a stream is read by many calls, and each must come to the activation that has it.
/// </summary>
[GrainType(IOperationsGrain.GrainType)]
[PreferLocalPlacement]
[Reentrant]
internal sealed class OperationsGrain(IFleetAccess access, IClientAddresses? addresses = null)
    : Grain, IOperationsGrain, IIncomingGrainCallFilter
{
    // Internal to Orleans; it carries the cancellation of a call.
    private const string CancellationExtension = "Orleans.Runtime.ICancellationSourcesExtension";

    private readonly AsyncLocal<(string? Token, string? Address)> caller = new();

    private IOperations Fleet => access.For(caller.Value.Token, caller.Value.Address);

    /// <summary>
    /// Lets through what clients may call, and takes the token out of the call's context: what a client puts there goes
    /// no further. Every grain has extensions, such as the one that deactivates it; they are not for clients.
    /// </summary>
    Task IIncomingGrainCallFilter.Invoke(IIncomingGrainCallContext context)
    {
        var called = context.Request.GetInterfaceType();
        if (!called.IsAssignableFrom(typeof(IOperationsGrain)) && called != typeof(IAsyncEnumerableGrainExtension)
            && called.FullName != CancellationExtension)
            throw new UnauthorizedAccessException($"A client of the cluster may not call {called.Name}.");
        // The address is not in the context: what is there, the client has put there.
        caller.Value = (RequestContext.Get(IOperationsGrain.TokenKey) as string,
            context.SourceId is { } client ? addresses?.Of(client) : null);
        RequestContext.Clear();
        return context.Invoke();
    }

    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default) =>
        Fleet.Apply(manifests, operation, traceParent, again, cancellation);

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        Fleet.GetRun(run, cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        Fleet.ListRuns(query, cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        Fleet.ListHistory(query, cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null,
        CancellationToken cancellation = default) => Fleet.WatchRuns(query, after, cancellation);

    public Task<Result<RunManifest>> CancelRun(RunKey run, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.CancelRun(run, operation, cancellation);

    public Task<Result<RunManifest>> HoldRun(RunKey run, string? reason, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.HoldRun(run, reason, operation, cancellation);

    public Task<Result<RunManifest>> ReleaseRun(RunKey run, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.ReleaseRun(run, operation, cancellation);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        Fleet.CompleteRun(run, succeeded, message, operation, attempt, cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        Fleet.ReportRun(run, report, cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        Fleet.ReportNode(node, usage, cancellation);

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        Fleet.ExplainRun(run, cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        Fleet.PlanRun(run, cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Fleet.WhatIf(question, cancellation);

    public Task<Result<RunManifest>> AddSponsor(RunKey run, string sponsor, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.AddSponsor(run, sponsor, operation, cancellation);

    public Task<Result<RunManifest>> ShrinkRun(RunKey run, int gpus, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.ShrinkRun(run, gpus, operation, cancellation);

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        Fleet.ListNodes(query, cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        Fleet.SetNodeState(node, state, by, reason, operation, emptyBy, cancellation);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        Fleet.DeleteNode(node, operation, cancellation);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        Fleet.ListBudgets(cancellation);

    public Task<Result<Applied>> DeleteBudget(string budget, FleetCommand operation,
        CancellationToken cancellation = default) => Fleet.DeleteBudget(budget, operation, cancellation);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) => Fleet.BudgetsUsage(owner, cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        Fleet.ListLeases(query, cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(string? flavor = null,
        CancellationToken cancellation = default) => Fleet.ListReservations(flavor, cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        Fleet.ListFlavors(cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) => Fleet.ReadLedger(flavor, after, limit, cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        Fleet.RunEvents(run, cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        Fleet.RepeatDraw(flavor, sequence, cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        Fleet.UsageBetween(query, cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default) =>
        Fleet.Export(cancellation);

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) => Fleet.Audit(cancellation);
}

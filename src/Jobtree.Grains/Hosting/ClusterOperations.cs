using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The operations over a cluster's grains. Exceptions from remote actors or lost silos become answers. Nothing is
/// refused because of a stale directory cache: the directory is read again first.
/// </summary>
/// <param name="operations">The operations over the actors.</param>
/// <param name="directory">The cache of the directory.</param>
/// <param name="changed">Called with each command that changed nodes, budgets or funding terms; absent: nobody asks.
/// </param>
/// <param name="refusal">Why no command is carried out now; absent: there is never a reason.</param>
/// <param name="doubt">Why what the actors know may be less than what was acknowledged; absent: there is never a
/// reason.</param>
internal sealed class ClusterOperations(FleetOperations operations, CachedDirectory directory,
    Action<FleetChange>? changed = null, Func<string?>? refusal = null, Func<string?>? doubt = null) : IOperations
{
    private static readonly Problem Unknown = new(
        ProblemCode.Unavailable,
        "An actor of the fleet could not be reached in time, or cannot keep what it decides; "
        + "whether a command took effect is unknown. Repeat it with the same operation id.");

    public async Task<Result<IReadOnlyList<Applied>>> Apply(IReadOnlyList<Manifest> manifests, FleetCommand operation,
        string? traceParent = null, bool again = false, CancellationToken cancellation = default)
    {
        // Every door leads here, and a command may be tried twice: its submissions are reported when it is answered.
        var timer = operations.TimerOf(manifests);
        try
        {
            return await Heard(
                FreshCommand(
                    () => operations.Apply(manifests, operation, traceParent, again, timer, cancellation),
                    cancellation),
                applied => manifests.All(manifest => manifest is RunManifest) ? null
                    : new FleetChange(operation.Id, applied));
        }
        finally
        {
            timer?.Report();
        }
    }

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        Reached(() => operations.GetRun(run, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        Reached(() => operations.ListRuns(query, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        Reached(() => operations.ListHistory(query, cancellation), cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null,
        CancellationToken cancellation = default) => operations.WatchRuns(query, after, cancellation);

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Command(() => operations.CancelRun(run, operation, cancellation), cancellation);

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(Command(() => operations.HoldRun(run, reason, operation, cancellation), cancellation),
            _ => new FleetChange(operation.Id, [new Applied("Run", run.ToString(), "held")], Reason: reason));

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(Command(() => operations.ReleaseRun(run, operation, cancellation), cancellation),
            _ => new FleetChange(operation.Id, [new Applied("Run", run.ToString(), "released")]));

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        Command(() => operations.CompleteRun(run, succeeded, message, operation, attempt, cancellation), cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        Reached(() => operations.ReportRun(run, report, cancellation), cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        Reached(() => operations.ReportNode(node, usage, cancellation), cancellation);

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        Reached(() => operations.ExplainRun(run, cancellation), cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        Fresh(() => operations.PlanRun(run, cancellation), cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Exact(() => operations.WhatIf(question, cancellation), cancellation);

    public Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(Command(() => operations.AddSponsor(run, sponsor, operation, cancellation), cancellation),
            _ => new FleetChange(operation.Id, [new Applied("Run", run.ToString(), "changed")], sponsor));

    public Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(Command(() => operations.ShrinkRun(run, gpus, operation, cancellation), cancellation),
            _ => new FleetChange(operation.Id, [new Applied("Run", run.ToString(), "resized")]));

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        Exact(() => operations.ListNodes(query, cancellation), cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        Heard(FreshCommand(
                () => operations.SetNodeState(node, state, by, reason, operation, emptyBy, cancellation), cancellation),
            applied => new FleetChange(operation.Id, [applied], state.ToString(), reason));

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(FreshCommand(() => operations.DeleteNode(node, operation, cancellation), cancellation),
            applied => new FleetChange(operation.Id, [applied]));

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        Exact(() => operations.ListBudgets(cancellation), cancellation);

    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) =>
        Heard(FreshCommand(() => operations.DeleteBudget(budget, operation, cancellation), cancellation),
            applied => new FleetChange(operation.Id, [applied]));

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        Exact(() => operations.BudgetsUsage(owner, cancellation), cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        Exact(() => operations.ListLeases(query, cancellation), cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        Exact(() => operations.ListReservations(flavor, cancellation), cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        Exact(() => operations.ListFlavors(cancellation), cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) =>
        Fresh(() => operations.ReadLedger(flavor, after, limit, cancellation), cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        Reached(() => operations.RunEvents(run, cancellation), cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        Fresh(() => operations.RepeatDraw(flavor, sequence, cancellation), cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        Exact(() => operations.UsageBetween(query, cancellation), cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default)
    {
        directory.Forget();
        return operations.Export(cancellation);
    }

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        Exact(() => operations.Audit(cancellation), cancellation);

    /// <summary>
    /// Clears the cache first, for rare queries that must not miss what another silo has just entered.
    /// </summary>
    private Task<Result<T>> Exact<T>(Func<Task<Result<T>>> operation, CancellationToken cancellation)
    {
        directory.Forget();
        return Reached(operation, cancellation);
    }

    /// <summary>
    /// Retries once with an empty cache before a name is refused as invalid or unknown, because another silo may have
    /// just entered it. Both refusals change nothing, so the second try acts as the first.
    /// </summary>
    private async Task<Result<T>> Fresh<T>(Func<Task<Result<T>>> operation, CancellationToken cancellation)
    {
        var remembered = directory.Remembers;
        var result = await Reached(operation, cancellation);
        if (!remembered || result.Problem is not { Code: ProblemCode.Invalid or ProblemCode.NotFound })
            return result;
        directory.Forget();
        return await Reached(operation, cancellation);
    }

    private Task<Result<T>> Command<T>(Func<Task<Result<T>>> command, CancellationToken cancellation) =>
        Refused<T>() ?? Certain(Reached(command, cancellation));

    private Task<Result<T>> FreshCommand<T>(Func<Task<Result<T>>> command, CancellationToken cancellation) =>
        Refused<T>() ?? Certain(Fresh(command, cancellation));

    private Task<Result<T>>? Refused<T>() => refusal?.Invoke() is { } reason
        ? Task.FromResult<Result<T>>(new Problem(ProblemCode.Unavailable, reason)) : null;

    /// <summary>
    /// Nobody is told for good that there is no such run, or that it ended: a store that has just come back may lack
    /// what was acknowledged, and is not compared yet.
    /// </summary>
    private async Task<Result<T>> Certain<T>(Task<Result<T>> command)
    {
        var result = await command;
        return result.Problem is { Code: ProblemCode.NotFound or ProblemCode.Conflict }
            && doubt?.Invoke() is { } reason ? new Problem(ProblemCode.Unavailable, reason) : result;
    }

    /// <summary>Tells of a command that succeeded, unless it is none to tell of.</summary>
    private Task<Result<T>> Heard<T>(Task<Result<T>> answer, Func<T, FleetChange?> change)
    {
        return changed is null ? answer : Tell();

        async Task<Result<T>> Tell()
        {
            var result = await answer;
            if (result.Succeeded(out var done, out _) && change(done) is { } heard)
                changed(heard);
            return result;
        }
    }

    private static async Task<Result<T>> Reached<T>(Func<Task<Result<T>>> operation, CancellationToken cancellation)
    {
        try
        {
            return await operation();
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // A cancellation that the caller did not request means a stopping silo, or an activation that took too
            // long.
            return Unknown;
        }
    }
}

using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Api.Auditing;
using Jobtree.Api.Routes;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Api.Access;

/// <summary>
/// The operations as one caller may use them, whichever way it came: what belongs to owners that it does not act for is
/// hidden or refused. Roles are checked before, by the door. Commands tell the audit log what they changed.
/// </summary>
/// <param name="operations">The fleet's operations.</param>
/// <param name="access">Which manifests may be applied, and which runs be seen.</param>
/// <param name="auditor">Checks the live state.</param>
/// <param name="exports">Bounds the exports under way.</param>
/// <param name="caller">The caller.</param>
/// <param name="note">What the audit log is told.</param>
internal sealed class CallerOperations(IOperations operations, ManifestAccess access, Auditor auditor,
    SemaphoreSlim exports, Caller caller, AuditNote note) : IOperations
{
    private static readonly Dictionary<string, string> Nothing = [];

    public async Task<Result<IReadOnlyList<Applied>>> Apply(IReadOnlyList<Manifest> manifests, FleetCommand operation,
        string? traceParent = null, bool again = false, CancellationToken cancellation = default)
    {
        if (!(await access.Permit(caller, manifests, cancellation)).Succeeded(out var permitted, out var refusal))
            return refusal;
        var before = await Before(permitted, cancellation);
        var result = await operations.Apply(permitted, operation, traceParent, again, cancellation);
        if (result.Succeeded(out var applied, out _))
            note.Add(applied, before, AuditWords.Of(permitted));
        return result;
    }

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        OnRun(run, () => operations.GetRun(run, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        operations.ListRuns(Narrowed(query), cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        operations.ListHistory(caller.IsForAll ? query : query with { VisibleOwners = caller.Owners }, cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, CancellationToken cancellation = default) =>
        operations.WatchRuns(Narrowed(query), after, cancellation);

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Change(run, () => operations.CancelRun(run, operation, cancellation), cancellation);

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        Change(run, () => operations.HoldRun(run, reason, operation, cancellation), cancellation);

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Change(run, () => operations.ReleaseRun(run, operation, cancellation), cancellation);

    // What completes was running: the most frequent command asks for no more than it must.
    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        Change(run, () => operations.CompleteRun(run, succeeded, message, operation, attempt, cancellation),
            cancellation, tellsBefore: false);

    public Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        Change(run, () => operations.AddSponsor(run, sponsor, operation, cancellation), cancellation);

    public Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        Change(run, () => operations.ShrinkRun(run, gpus, operation, cancellation), cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        OnRun(run, () => operations.ReportRun(run, report, cancellation), cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        OnFleet("A node's usage", () => operations.ReportNode(node, usage, cancellation));

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        OnRun(run, () => operations.ExplainRun(run, cancellation), cancellation);

    public async Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        (await access.Permit(caller, [run], cancellation)).Succeeded(out var permitted, out var refusal)
            ? await operations.PlanRun((RunManifest)permitted[0], cancellation) : refusal;

    /// <summary>A question changes nothing. Nodes and budgets are no secret, so any caller may ask about them; runs
    /// must be of its owners.</summary>
    public async Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default)
    {
        foreach (var run in question.WithoutRuns.Take(WhatIfQuestion.ChangesMax))
        {
            if (await access.Visible(caller, run, cancellation) is { } hidden)
                return hidden;
        }
        var manifests = question.Manifests;
        Manifest[] asked = question.IsDryRun ? [.. manifests] : [.. manifests.Where(IsOfOwner)];
        if (!(await access.Permit(caller, asked, cancellation)).Succeeded(out var permitted, out var refusal))
            return refusal;
        var next = 0;
        return await operations.WhatIf(question with
        {
            Manifests = question.IsDryRun ? permitted
                : [.. manifests.Select(manifest => IsOfOwner(manifest) ? permitted[next++] : manifest)],
            VisibleOwners = caller.VisibleOwners,
        }, cancellation);

        static bool IsOfOwner(Manifest manifest) => manifest is not (NodeManifest or BudgetManifest);
    }

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        operations.ListNodes(query, cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        ChangeNode(node, "A node's state", applied => $"{applied.Outcome}: {state}",
            () => operations.SetNodeState(node, state, by, reason, operation, emptyBy, cancellation), cancellation);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        ChangeNode(node, "Removing a node", static applied => applied.Outcome,
            () => operations.DeleteNode(node, operation, cancellation), cancellation);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        operations.ListBudgets(cancellation);

    public async Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default)
    {
        note.Target = $"Budget {budget}";
        var present = await BudgetMap.Find(operations, budget, cancellation);
        if (present.Succeeded(out var found, out var problem))
            note.Before = AuditWords.Of(found.Budget);
        if (!caller.IsForAll)
        {
            if (problem is not null)
                return problem;
            if (!caller.Covers(found!.Budget.Owner))
                return new Problem(ProblemCode.Forbidden, $"The token '{caller.Name}' does not act for the owner "
                    + $"'{found.Budget.Owner}' of the budget {budget}.");
            if (BudgetMap.RemovalRefusal(caller, found.Budget) is { } refusal)
                return refusal;
        }
        return Told(await operations.DeleteBudget(budget, operation, cancellation), static done => done.Outcome);
    }

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) => operations.BudgetsUsage(owner, cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        operations.ListLeases(caller.IsForAll ? query : query with { VisibleOwners = caller.Owners }, cancellation);

    public async Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default)
    {
        var result = await operations.ListReservations(flavor, cancellation);
        if (caller.IsForAll || !result.Succeeded(out var reservations, out _))
            return result;
        return (await ReservedRuns(cancellation)).Succeeded(out var visible, out var problem)
            ? Results.Of<IReadOnlyList<ReservationView>>(
                [.. reservations.Where(view => visible.Contains(view.Reservation.Run))])
            : problem;
    }

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        operations.ListFlavors(cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) =>
        OnFleet("A ledger", () => operations.ReadLedger(flavor, after, limit, cancellation));

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        OnRun(run, () => operations.RunEvents(run, cancellation), cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        OnFleet("A ledger", () => operations.RepeatDraw(flavor, sequence, cancellation));

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        operations.UsageBetween(caller.IsForAll ? query : query with { VisibleOwners = caller.Owners }, cancellation);

    public async IAsyncEnumerable<Manifest> Export([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (caller.FleetRefusal("An export") is { } refusal)
            throw new StreamRefusedException(refusal);
        if (!await exports.WaitAsync(TimeSpan.Zero, cancellation))
            throw new StreamRefusedException(new Problem(ProblemCode.LimitReached,
                $"{CallerAccess.ExportsMax} exports are under way already; ask again later."));
        try
        {
            await foreach (var document in operations.Export(cancellation).WithCancellation(cancellation))
                yield return document;
        }
        finally
        {
            exports.Release();
        }
    }

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        OnFleet("An audit", () => auditor.Audit(cancellation));

    private RunQuery Narrowed(RunQuery query) =>
        caller.IsForAll ? query : query with { VisibleOwners = caller.Owners };

    private async Task<Result<T>> OnRun<T>(
        RunKey run, Func<Task<Result<T>>> operation, CancellationToken cancellation)
    {
        note.Target = AuditWords.Target(run);
        return await access.Visible(caller, run, cancellation) is { } hidden ? hidden : await operation();
    }

    private async Task<Result<RunManifest>> Change(RunKey run, Func<Task<Result<RunManifest>>> operation,
        CancellationToken cancellation, bool tellsBefore = true)
    {
        note.Target = AuditWords.Target(run);
        if (await access.Visible(caller, run, cancellation) is { } hidden)
            return hidden;
        if (tellsBefore && (await operations.GetRun(run, cancellation)).Succeeded(out var before, out _))
            note.Before = AuditWords.Of(before);
        return Told(await operation(), static after => AuditWords.Of(after));
    }

    private async Task<Result<Applied>> ChangeNode(string node, string what, Func<Applied, string> words,
        Func<Task<Result<Applied>>> operation, CancellationToken cancellation)
    {
        if (caller.FleetRefusal(what) is { } refusal)
            return refusal;
        note.Target = $"Node {node}";
        if ((await operations.ListNodes(new NodeQuery { Name = node, Limit = 1 }, cancellation))
            .Succeeded(out var page, out _) && page.Items is [var found])
            note.Before = AuditWords.Of(found.Node);
        return Told(await operation(), words);
    }

    private Task<Result<T>> OnFleet<T>(string what, Func<Task<Result<T>>> operation) =>
        caller.FleetRefusal(what) is { } refusal ? Task.FromResult<Result<T>>(refusal) : operation();

    private Result<T> Told<T>(Result<T> result, Func<T, string> words)
    {
        if (result.Succeeded(out var done, out _))
            note.Add(words(done));
        return result;
    }

    /// <summary>The budgets that manifests are about to change. Other kinds are not worth a question to the fleet:
    /// their ledger tells.</summary>
    private async Task<IReadOnlyDictionary<string, string>> Before(
        IReadOnlyList<Manifest> manifests, CancellationToken cancellation)
    {
        var changed = manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget.Key).ToHashSet();
        return changed.Count == 0
            || !(await operations.ListBudgets(cancellation)).Succeeded(out var budgets, out _) ? Nothing
            : AuditWords.Of(budgets.Where(view => changed.Contains(view.Budget.Key))
                .Select(view => new BudgetManifest(view.Budget)));
    }

    // Reservations do not name their owner, so filter them by the runs that the caller may see.
    private async Task<Result<HashSet<RunKey>>> ReservedRuns(CancellationToken cancellation)
    {
        var seen = new HashSet<RunKey>();
        var query = new RunQuery
        {
            VisibleOwners = caller.VisibleOwners, Phase = RunPhase.Reserved, Limit = RunQuery.LimitMax,
        };
        do
        {
            if (!(await operations.ListRuns(query, cancellation)).Succeeded(out var page, out var problem))
                return problem;
            seen.UnionWith(page.Items.Select(run => run.Key));
            query = query with { Continue = page.Continue };
        }
        while (query.Continue is not null);
        return seen;
    }
}

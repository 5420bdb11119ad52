using System.Globalization;
using System.Runtime.CompilerServices;
using Jobtree.Actors.Exporting;
using Jobtree.Actors.History;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Operations;

/// <summary>The operations of a fleet, carried out by its actors.</summary>
public sealed class FleetOperations : IOperations
{
    private readonly IFleet fleet;
    private readonly TimeProvider time;
    private readonly Func<CancellationToken, ValueTask>? barrier;
    private readonly IFleetObserver? observer;
    private readonly Applier applier;
    private readonly FleetHistory history;
    private readonly IRunHistory ended;
    private readonly FleetQueries queries;
    private readonly RunAnswers answers;
    private WhatIfDesk? whatIfs;

    /// <param name="fleet">The actors.</param>
    /// <param name="time">The clock.</param>
    /// <param name="barrier">Waits until everything decided so far is durable; every command and query is answered
    /// after it. It throws an <see cref="IOException"/> when that can never be. By default there is no wait.</param>
    /// <param name="limits">How many runs the fleet accepts.</param>
    /// <param name="observer">Is told of every submission; absent: nobody is.</param>
    /// <param name="ledgers">The ledgers, for reading; absent: none are kept.</param>
    /// <param name="ended">The runs that ended; absent: those that the listing has.</param>
    public FleetOperations(IFleet fleet, TimeProvider time, Func<CancellationToken, ValueTask>? barrier = null,
        RunLimits? limits = null, IFleetObserver? observer = null, ILedgers? ledgers = null,
        IRunHistory? ended = null)
    {
        (this.fleet, this.time, this.barrier, this.observer) = (fleet, time, barrier, observer);
        applier = new Applier(fleet, limits ?? new RunLimits(), time);
        history = new FleetHistory(new LedgerReader(ledgers));
        this.ended = ended ?? new ListedHistory(fleet.Runs());
        queries = new FleetQueries(fleet, time, history);
        answers = new RunAnswers(fleet, time, history);
    }

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default)
    {
        var timer = TimerOf(manifests);
        try
        {
            return await Apply(manifests, operation, traceParent, again, timer, cancellation);
        }
        finally
        {
            timer?.Report();
        }
    }

    /// <summary>
    /// Applies manifests for a caller that may try a command several times, and so reports its submissions itself.
    /// </summary>
    /// <param name="manifests">The documents, in order.</param>
    /// <param name="operation">The command.</param>
    /// <param name="traceParent">The W3C trace context of the command; absent: none.</param>
    /// <param name="again">Whether runs that have ended run again.</param>
    /// <param name="timer">The command's timer, from <see cref="TimerOf"/>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent, bool again,
        SubmissionTimer? timer, CancellationToken cancellation) =>
        WhenDurable(() => applier.Apply(
            manifests, new ApplyCommand(
                operation.Id, TraceParent.Read(traceParent), again, operation.By, timer, operation.IsBounded)),
            cancellation);

    /// <summary>A timer for the runs among some documents; null if nobody wants to know, or there is none.</summary>
    /// <param name="manifests">The documents.</param>
    public SubmissionTimer? TimerOf(IReadOnlyList<Manifest> manifests)
    {
        if (observer is null)
            return null;
        for (var i = 0; i < manifests.Count; i++)
        {
            if (manifests[i] is RunManifest)
                return new SubmissionTimer(observer, time, manifests);
        }
        return null;
    }

    /// <inheritdoc/>
    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        WhenDurable<RunManifest>(async () => await fleet.Run(run).Get() is { } record
            ? await answers.Show(record) : Problem.NoRun(run), cancellation);

    /// <inheritdoc/>
    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        WhenDurable<Page<RunManifest>>(
        async () => await answers.List(await fleet.Runs().List(query), cancellation), cancellation);

    /// <inheritdoc/>
    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        WhenDurable<Page<RunManifest>>(
        async () =>
        {
            if (query.Continue is { } token && HistoryPlace.Parse(token) is null)
                return new Problem(ProblemCode.Invalid, "continue: only what a page of the history gave is allowed.");
            var page = await ended.List(query, cancellation);
            return new Page<RunManifest>([.. page.Items.Select(run => run.ToManifest())], page.Continue);
        },
        cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var runs = fleet.Runs();
        if (after is null or 0 && await Unlisted(query) is { } ended)
            yield return ended;
        long? kept = null;
        await foreach (var (version, run) in runs.Watch(query, after, cancellation))
        {
            if (kept is null || version > kept)
            {
                // Waits once for all changes up to now: a wait for each change would fall behind the submitters.
                var latest = runs.Latest;
                // A watcher could not be told that a change it saw was lost. So the stream ends, and the next one will
                // not begin.
                if (!(await WhenDurable<bool>(static () => ValueTask.FromResult<Result<bool>>(true), cancellation))
                    .Succeeded(out _, out _))
                    yield break;
                kept = latest;
            }
            yield return new RunChange(version, run.ToManifest());
        }
    }

    /// <summary>The state of the one run that is watched, if it ended so long ago that the listing lacks it.</summary>
    private async ValueTask<RunChange?> Unlisted(RunQuery query)
    {
        if (query is not { Namespace: { } space, Name: { } name }
            || await fleet.Runs().List(query with { Limit = 1, Continue = null }) is not { Items: [] } page)
            return null;
        return await fleet.Run(new RunKey(space, name)).Get() is { IsOver: true, IsHidden: false } run
            && query.Matches(run)
            ? new RunChange(page.Version ?? 0, run.ToManifest()) : null;
    }

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        await Shown(() => fleet.Run(run).Cancel(operation), cancellation);

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        NoLine("reason", reason) is { } problem ? problem
            : await Shown(() => fleet.Run(run).Hold(new HoldCommand(operation.By, reason, operation.Id)), cancellation);

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        await Shown(() => fleet.Run(run).Release(new HoldRelease(operation.By, operation.Id)), cancellation);

    /// <summary>The refusal of a text that is to be shown and is not one line; null if it is one, or absent.</summary>
    private static Problem? NoLine(string what, string? text) => text is null || OneLine.Is(text) ? null
        : new Problem(ProblemCode.Invalid, $"{what}: {OneLine.Allowed}, is allowed.");

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> CompleteRun(
        RunKey run, bool succeeded, string? message, FleetCommand operation, int? attempt = null,
        CancellationToken cancellation = default) =>
        NoLine("message", message) is { } problem ? problem
            : await Shown(() => fleet.Run(run).Complete(
                new CompletionReport(succeeded, message, operation.Id, attempt, operation.By)),
                cancellation);

    /// <inheritdoc/>
    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        report.Errors(time.GetUtcNow()) is { Count: > 0 } errors
            ? Task.FromResult<Result<RunTelemetry>>(Wrong(errors))
            : WhenDurable(() => fleet.Run(run).Report(report), cancellation);

    /// <inheritdoc/>
    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        usage.Errors() is { Count: > 0 } errors
            ? Task.FromResult<Result<NodeUsage>>(Wrong(errors))
            : WhenDurable(() => fleet.Directory().Report(node, usage), cancellation);

    private static Problem Wrong(IReadOnlyList<string> errors) =>
        new(ProblemCode.Invalid, "The telemetry is not valid; nothing was taken.", errors);

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        await Shown(() => fleet.Run(run).AddSponsor(sponsor, operation), cancellation);

    /// <inheritdoc/>
    public async Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        await Shown(() => fleet.Run(run).Shrink(gpus, operation), cancellation);

    /// <inheritdoc/>
    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        WhenDurable(() => answers.Explain(run, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        WhenDurable(() => Plan(run), cancellation);

    private async ValueTask<Result<Plan>> Plan(RunManifest run)
    {
        var record = await fleet.Run(run.Key).Get();
        if (record is { IsOver: true } && run.Status is not null)
            return new Plan(run.Key, record.Phase.ToString().ToLowerInvariant(), [], [], [], null, 0, [], []);
        if (record is { IsOver: false })
        {
            var plan = await fleet.Flavor(record.Spec.Resources.GpuType).Plan(record.ToDemand());
            return record.Phase != RunPhase.Waiting ? plan
                : plan with { Reasons = [$"It is not asked for yet. {record.Message}", .. plan.Reasons] };
        }
        var checkedRun = await applier.Resolve(run);
        return checkedRun.Succeeded(out var owner, out var problem)
            ? await fleet.Flavor(run.Spec.Resources.GpuType).Plan(Demand.Of(run.Key, owner, run.Spec, time.GetUtcNow()))
            : problem;
    }

    /// <inheritdoc/>
    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        WhenDurable(() => Desk().Answer(question, cancellation), cancellation);

    private WhatIfDesk Desk() => whatIfs ?? Interlocked.CompareExchange(
        ref whatIfs, new WhatIfDesk(fleet, time, applier), null) ?? whatIfs;

    /// <inheritdoc/>
    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        WhenDurable(() => queries.Nodes(query), cancellation);

    /// <inheritdoc/>
    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        (NoLine("reason", reason) ?? NoLine("by", by)) is { } problem ? Task.FromResult<Result<Applied>>(problem)
        : (state == NodeState.Draining) != emptyBy is not null
            ? Task.FromResult<Result<Applied>>(new Problem(ProblemCode.Invalid, state == NodeState.Draining
                ? "A node is drained by an instant: emptyBy is missing."
                : $"emptyBy is given for the state Draining only, not for {state}."))
            : WhenDurable(() => SetNodeState(node, state, by, reason, emptyBy), cancellation);

    private async ValueTask<Result<Applied>> SetNodeState(
        string node, NodeState state, string by, string? reason, DateTimeOffset? emptyBy)
    {
        if (await fleet.Directory().FlavorOf(node) is not { } flavor)
            return new Problem(ProblemCode.NotFound, $"There is no node {node}.");
        var set = await fleet.Flavor(flavor).SetNodeState(node, state, by, reason, emptyBy);
        return set.Succeeded(out var isChanged, out var problem)
            ? new Applied("Node", node, isChanged ? "changed" : "unchanged") : problem;
    }

    /// <inheritdoc/>
    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        WhenDurable(() => DeleteNode(node, operation.By), cancellation);

    private async ValueTask<Result<Applied>> DeleteNode(string node, string? by)
    {
        if (await fleet.Directory().FlavorOf(node) is not { } flavor)
            return new Problem(ProblemCode.NotFound, $"There is no node {node}.");
        if (!(await fleet.Flavor(flavor).RemoveNode(node, by)).Succeeded(out _, out var problem)
            && problem.Code != ProblemCode.NotFound)
            return problem;
        await fleet.Directory().ForgetNode(node);
        return new Applied("Node", node, "deleted");
    }

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        WhenDurable(queries.Budgets, cancellation);

    /// <inheritdoc/>
    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) => WhenDurable<Applied>(
        async () =>
        {
            var funded = await queries.FundedBy(budget);
            return (await fleet.Directory().RemoveBudget(budget, operation.By)).Succeeded(out _, out var problem)
                ? new Applied("Budget", budget, "deleted",
                    funded == 0 ? null : funded == 1 ? "the GPU that it paid for is unfunded now"
                        : $"the {funded} GPUs that it paid for are unfunded now")
                : problem;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        WhenDurable(() => queries.Usage(owner), cancellation);

    /// <inheritdoc/>
    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        WhenDurable(() => queries.Leases(query, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        WhenDurable(() => queries.Reservations(flavor), cancellation);

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        WhenDurable(queries.Flavors, cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Manifest> Export([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // Nothing is told before it is durable: not what was decided before the copies, nor what they show.
        var isDurable = barrier is null;
        await foreach (var document in new FleetExport(fleet, time).Documents(cancellation))
        {
            if (!isDurable)
                await barrier!(cancellation);
            isDurable = true;
            yield return document;
        }
    }

    /// <inheritdoc/>
    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        WhenDurable(queries.Audit, cancellation);

    /// <inheritdoc/>
    public Task<Result<LedgerPage>> ReadLedger(
        string flavor, long after = 0, int limit = ILedgers.PageMax, CancellationToken cancellation = default) =>
        OfFlavor(flavor, () => history.Page(flavor, after, limit, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        OfFlavor(flavor, () => history.Draw(flavor, sequence, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        WhenDurable<RunEvents>(async () => await fleet.Run(run).Get() is { } record
            ? await history.Events(record, cancellation) : Problem.NoRun(run), cancellation);

    /// <inheritdoc/>
    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        WhenDurable(async () => await history.Usage(query, await queries.FlavorsOf(query.Flavor),
            query.To is { } to && to < time.GetUtcNow() ? to : time.GetUtcNow(), cancellation), cancellation);

    private Task<Result<T>> OfFlavor<T>(
        string flavor, Func<ValueTask<Result<T>>> read, CancellationToken cancellation) => WhenDurable(
        async () => (await queries.FlavorsOf(flavor)).Count > 0 ? await read()
            : new Problem(ProblemCode.NotFound, $"There is no flavor {flavor}."),
        cancellation);

    private Task<Result<RunManifest>> Shown(
        Func<ValueTask<Result<RunRecord>>> command, CancellationToken cancellation) => WhenDurable<RunManifest>(
        async () => (await command()).Succeeded(out var run, out var problem) ? await answers.Show(run) : problem,
        cancellation);

    /// <summary>
    /// Answers a command or query once everything the answer may show is durable, so that no caller sees what a crash
    /// could undo.
    /// </summary>
    private async Task<Result<T>> WhenDurable<T>(Func<ValueTask<Result<T>>> work, CancellationToken cancellation)
    {
        try
        {
            var result = await work();
            if (barrier is not null)
                await barrier(cancellation);
            return result;
        }
        catch (IOException)
        {
            return new Problem(ProblemCode.Unavailable,
                "The fleet cannot keep what it decides; whether a command took effect is unknown. "
                + "Repeat it with the same operation id when the fleet is back.");
        }
    }
}

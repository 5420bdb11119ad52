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
/// <param name="fleet">The actors.</param>
/// <param name="time">The clock.</param>
/// <param name="barrier">Waits until everything decided so far is durable; every command and query is answered after
/// it. It throws an <see cref="IOException"/> when that can never be. By default there is no wait.</param>
/// <param name="limits">How many runs the fleet accepts.</param>
/// <param name="observer">Is told of every submission; absent: nobody is.</param>
/// <param name="ledgers">The ledgers, for reading; absent: none are kept.</param>
public sealed class FleetOperations(IFleet fleet, TimeProvider time, Func<CancellationToken, ValueTask>? barrier = null,
    RunLimits? limits = null, IFleetObserver? observer = null, ILedgers? ledgers = null) : IOperations
{
    private readonly Applier applier = new(fleet, limits ?? new RunLimits(), time);
    private readonly FleetHistory history = new(new LedgerReader(ledgers));
    private WhatIfDesk? whatIfs;

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
                operation.Id, TraceParent.Read(traceParent), again, operation.By, timer)), cancellation);

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
        WhenDurable<RunManifest>(async () => await fleet.Run(run).Get() is { } record ? await Show(record) : NoRun(run),
            cancellation);

    /// <inheritdoc/>
    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        WhenDurable<Page<RunManifest>>(
        async () =>
        {
            var page = await fleet.Runs().List(query);
            var running = page.Items.Where(run => run.Phase == RunPhase.Running).Select(run => run.Key).ToArray();
            var reported = running.Length == 0 ? []
                : (await fleet.Runs().Reported(running)).ToDictionary(item => item.Run, item => item.Telemetry);
            return new Page<RunManifest>(
                [.. page.Items.Select(run => RunStatusView.Of(run, null, reported.GetValueOrDefault(run.Key)))],
                page.Continue, page.Version);
        },
        cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var runs = fleet.Runs();
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
        WhenDurable(() => Explain(run, cancellation), cancellation);

    private async ValueTask<Result<Explanation>> Explain(RunKey run, CancellationToken cancellation)
    {
        if (await fleet.Run(run).Get() is not { } record)
            return NoRun(run);
        if (record.Phase == RunPhase.Waiting)
            return await WaitingExplanation.Of(fleet, record);
        if (await fleet.Flavor(record.Spec.Resources.GpuType).Explain(run) is { } explanation)
            return await WithTelemetry((record.Message is null ? explanation
                : explanation with { Where = $"{explanation.Where} {record.Message}" }) with
            {
                Receipt = explanation.Phase == RunPhase.Running ? null : await history.Receipt(record, cancellation),
                Losses = await history.Losses(record, cancellation),
            });
        var ended = record.FinishedAt is { } at ? $" at {at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}"
            : "";
        var where = record.Phase == RunPhase.Completed ? $"{run} completed{ended}."
            : $"{run} ended as {record.Reason}{ended}. {record.Message}".TrimEnd();
        return new Explanation(run, record.Phase, where, [], [], [], null, []);
    }

    /// <summary>Adds the last report of a running run: its expected end, and how far it is in a sentence.</summary>
    private async ValueTask<Explanation> WithTelemetry(Explanation explanation)
    {
        if (explanation.Phase != RunPhase.Running || await Reported(explanation.Run) is not { } telemetry)
            return explanation;
        return explanation with
        {
            Where = $"{explanation.Where} {TelemetrySentence.Of(telemetry, time.GetUtcNow())}".TrimEnd(),
            Eta = telemetry.Eta is { } end ? new RunEta(end, end) : null,
        };
    }

    private async ValueTask<RunTelemetry?> Reported(RunKey run) =>
        await fleet.Runs().Reported([run]) is [{ Telemetry: var telemetry }, ..] ? telemetry : null;

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
        WhenDurable(() => Nodes(query), cancellation);

    private async ValueTask<Result<Page<NodeView>>> Nodes(NodeQuery query)
    {
        var nodes = new List<NodeView>();
        foreach (var flavor in await FlavorsOf(query.Flavor))
            nodes.AddRange(await fleet.Flavor(flavor).Nodes());
        var matching = nodes.Where(view =>
                (query.Name is null || view.Node.Name == query.Name)
                && (query.State is null || view.Node.State == query.State)
                && (query.Domain is null || view.Node.Domain().IsNamed(query.Domain))
                && (query.Continue is null || string.CompareOrdinal(view.Node.Name, query.Continue) > 0))
            .OrderBy(view => view.Node.Name, StringComparer.Ordinal);
        return PageOf(matching, query.Limit, view => view.Node.Name);
    }

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
        WhenDurable(Budgets, cancellation);

    private async ValueTask<Result<IReadOnlyList<BudgetView>>> Budgets()
    {
        var now = time.GetUtcNow();
        return Results.Of<IReadOnlyList<BudgetView>>(
            [.. (await fleet.Directory().Budgets()).Select(budget => new BudgetView(
            budget,
            budget.AutoRenew is { } renew
                ? [.. budget.Envelopes.Where(envelope => envelope.IsOpen(now)
                    && envelope.End - now <= renew.NotifyBefore).Select(envelope => envelope.Name)]
                : []))]);
    }

    /// <inheritdoc/>
    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) => WhenDurable<Applied>(
        async () =>
        {
            var funded = await FundedBy(budget);
            return (await fleet.Directory().RemoveBudget(budget, operation.By)).Succeeded(out _, out var problem)
                ? new Applied("Budget", budget, "deleted",
                    funded == 0 ? null : funded == 1 ? "the GPU that it paid for is unfunded now"
                        : $"the {funded} GPUs that it paid for are unfunded now")
                : problem;
        },
        cancellation);

    /// <summary>The number of GPUs that a budget funds now.</summary>
    private async ValueTask<double> FundedBy(string budget)
    {
        var funded = 0.0;
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            foreach (var room in (await fleet.Flavor(flavor).Envelopes()).Where(room => room.Envelope.Budget == budget))
                funded += room.Gpus.Total() - room.Gpus.Unfunded;
        }
        return funded;
    }

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        WhenDurable(() => Usage(owner), cancellation);

    private async ValueTask<Result<IReadOnlyList<EnvelopeUsage>>> Usage(string? owner)
    {
        var now = time.GetUtcNow();
        var usage = new List<EnvelopeUsage>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            foreach (var room in await fleet.Flavor(flavor).Envelopes())
            {
                if (owner is not null && !OwnerPattern.IsAtOrBelow(room.Owner, owner))
                    continue;
                var meter = await fleet.Envelope(room.Envelope).Usage();
                var terms = room.Terms;
                usage.Add(new EnvelopeUsage(
                    room.Envelope, room.Owner, flavor, terms.Concurrency, terms.IsOpen(now), room.Gpus, room.SpareGpus,
                    room.Headroom, meter.GpuSeconds.Times(1 / 3600d), terms.Start, terms.End, room.Recallable,
                    room.Promised, terms.MaxGPUHours, null, meter.Earlier.Count == 0 ? null : [.. meter.Earlier.Select(
                        account => new EarlierUsage(
                            account.Owner, account.Until, account.GpuSeconds.Times(1 / 3600d)))]));
            }
        }
        foreach (var budget in await fleet.Directory().Budgets())
        {
            if (owner is null || OwnerPattern.IsAtOrBelow(budget.Owner, owner))
                usage.AddRange(budget.AggregateCaps.Select(cap => EnvelopeUsage.Of(budget, cap, usage)).ToArray());
        }
        return Results.Of<IReadOnlyList<EnvelopeUsage>>(usage);
    }

    /// <inheritdoc/>
    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        WhenDurable(() => Leases(query, cancellation), cancellation);

    private async ValueTask<Result<Page<LeaseManifest>>> Leases(LeaseQuery query, CancellationToken cancellation)
    {
        var leases = new List<(string Cursor, LeaseManifest Lease)>();
        foreach (var flavor in await FlavorsOf(query.Flavor))
        {
            if (!(await LeasesOf(flavor, query, cancellation)).Succeeded(out var some, out var problem))
                return problem;
            leases.AddRange(some.Select(lease => ($"{flavor}/{lease.Lease.Id:D19}", lease)));
        }
        var matching = new List<(string Cursor, LeaseManifest Lease)>();
        foreach (var (cursor, lease) in leases)
        {
            if ((query.Continue is null || string.CompareOrdinal(cursor, query.Continue) > 0)
                && (query.Run is null || lease.Lease.Run == query.Run)
                && (query.Node is null || lease.Lease.Slots.Any(slots => slots.Node == query.Node))
                && (query.Class is null || lease.Class == query.Class)
                && await IsVisible(lease.Lease.Run, query.VisibleOwners))
                matching.Add((cursor, lease));
        }
        var page = PageOf(matching.OrderBy(lease => lease.Cursor, StringComparer.Ordinal), query.Limit, lease =>
            lease.Cursor);
        return new Page<LeaseManifest>([.. page.Items.Select(lease => lease.Lease)], page.Continue);
    }

    private async ValueTask<Result<IReadOnlyList<LeaseManifest>>> LeasesOf(
        string flavor, LeaseQuery query, CancellationToken cancellation)
    {
        if (query.At is not { } at)
            return Results.Of(await fleet.Flavor(flavor).Leases(query.IncludeEnded));
        return at <= time.GetUtcNow() ? await history.LeasesAt(flavor, at, cancellation)
            : new Problem(ProblemCode.Invalid, "at: an instant that is not in the future is allowed.");
    }

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        WhenDurable(() => Reservations(flavor), cancellation);

    private async ValueTask<Result<IReadOnlyList<ReservationView>>> Reservations(string? flavor)
    {
        var reservations = new List<ReservationView>();
        foreach (var name in await FlavorsOf(flavor))
            reservations.AddRange(await fleet.Flavor(name).Reservations());
        return Results.Of<IReadOnlyList<ReservationView>>(reservations);
    }

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        WhenDurable(Flavors, cancellation);

    private async ValueTask<Result<IReadOnlyList<FlavorView>>> Flavors()
    {
        var views = new List<FlavorView>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            var asked = time.GetTimestamp();
            var view = await fleet.Flavor(flavor).View();
            views.Add(view with { Took = time.GetElapsedTime(asked) });
        }
        return Results.Of<IReadOnlyList<FlavorView>>(views);
    }

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
        WhenDurable(AuditNow, cancellation);

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
            ? await history.Events(record, cancellation) : NoRun(run), cancellation);

    /// <inheritdoc/>
    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        WhenDurable(async () => await history.Usage(query, await FlavorsOf(query.Flavor),
            query.To is { } to && to < time.GetUtcNow() ? to : time.GetUtcNow(), cancellation), cancellation);

    private Task<Result<T>> OfFlavor<T>(
        string flavor, Func<ValueTask<Result<T>>> read, CancellationToken cancellation) => WhenDurable(
        async () => (await FlavorsOf(flavor)).Count > 0 ? await read()
            : new Problem(ProblemCode.NotFound, $"There is no flavor {flavor}."),
        cancellation);

    private async ValueTask<Result<AuditReport>> AuditNow()
    {
        var (records, leases) = (0L, 0L);
        var heads = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var violations = new List<AuditViolation>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            var report = await fleet.Flavor(flavor).Audit();
            (records, leases) = (records + report.Records, leases + report.Leases);
            foreach (var (name, head) in report.Heads)
                heads.Add(name, head);
            violations.AddRange(report.Violations);
        }
        return new AuditReport(records, leases, heads, violations);
    }

    private async ValueTask<IReadOnlyList<string>> FlavorsOf(string? only)
    {
        var flavors = await fleet.Directory().Flavors();
        return only is null ? flavors : flavors.Contains(only) ? [only] : [];
    }

    private async ValueTask<bool> IsVisible(RunKey run, IReadOnlyList<string>? owners)
    {
        if (owners is null)
            return true;
        return await fleet.Run(run).Get() is { } record && owners.Any(
            owner => OwnerPattern.IsAtOrBelow(record.Owner, owner));
    }

    private Task<Result<RunManifest>> Shown(
        Func<ValueTask<Result<RunRecord>>> command, CancellationToken cancellation) => WhenDurable<RunManifest>(
        async () => (await command()).Succeeded(out var run, out var problem) ? await Show(run) : problem,
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

    private async ValueTask<RunManifest> Show(RunRecord run) =>
        RunStatusView.Of(
            run,
            run.IsOver || run.Phase == RunPhase.Waiting ? null
                : await fleet.Flavor(run.Spec.Resources.GpuType).Position(run.Key),
            run.Phase == RunPhase.Running ? await Reported(run.Key) : null);

    private static Page<T> PageOf<T>(IEnumerable<T> items, int limit, Func<T, string> cursor)
    {
        var most = Math.Clamp(limit, 1, RunQuery.LimitMax);
        var page = items.Take(most + 1).ToList();
        if (page.Count <= most)
            return new Page<T>(page);
        page.RemoveAt(most);
        return new Page<T>(page, cursor(page[^1]));
    }

    private static Problem NoRun(RunKey run) => new(ProblemCode.NotFound, $"There is no run {run}.");
}

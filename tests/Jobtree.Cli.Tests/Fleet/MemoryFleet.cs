using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Cli.State;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Tests.Fleet;

/// <summary>
/// A fleet that keeps documents and decides nothing: what the command line prints can be compared word for word without
/// depending on how the scheduler puts its sentences.
/// </summary>
internal sealed class MemoryFleet(IReadOnlyList<Manifest> documents, TimeProvider time) : IStateFleet, IOperations
{
    private readonly List<Manifest> documents = [.. documents];
    private readonly List<ChannelWriter<RunChange>> watchers = [];
    private long version = 7;

    public IOperations Operations => this;

    /// <summary>The trace that each command to apply documents belonged to.</summary>
    public List<string?> Traces { get; } = [];

    public static Task<Result<IStateFleet>> Create(
        IReadOnlyList<Manifest> documents, TimeProvider time, CancellationToken cancellation) =>
        Task.FromResult(Results.Of<IStateFleet>(new MemoryFleet(documents, time)));

    IAsyncEnumerable<Manifest> IStateFleet.Export(CancellationToken cancellation) => Export(cancellation);

    public async IAsyncEnumerable<Manifest> Export([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.CompletedTask;
        foreach (var document in Present())
            yield return document;
    }

    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default)
    {
        Traces.Add(traceParent);
        return Done<IReadOnlyList<Applied>>([.. manifests.Select(Put)]);
    }

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        Task.FromResult<Result<RunManifest>>(Runs().FirstOrDefault(found => found.Key == run) is { } one
            ? one
            : new Problem(ProblemCode.NotFound, $"There is no run {run}."));

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default)
    {
        var runs = Matching(query).ToArray();
        var first = query.Continue is null ? 0 : int.Parse(
            query.Continue, System.Globalization.CultureInfo.InvariantCulture);
        var last = first + Math.Min(query.Limit, 2);
        return Done(new Page<RunManifest>(runs[first..Math.Min(last, runs.Length)], last < runs.Length ? $"{last}"
            : null, version));
    }

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        Done(new Page<RunManifest>([.. Runs()
            .Where(run => run.Status is { FinishedAt: { } end }
                && (query.Namespace is null || run.Key.Namespace == query.Namespace)
                && (query.Name is null || run.Key.Name == query.Name)
                && (query.Phase is null || run.Status.Phase == query.Phase)
                && (query.From is null || end >= query.From) && (query.To is null || end < query.To))
            .OrderByDescending(run => run.Status!.FinishedAt)]));

    public async IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var feed = Channel.CreateUnbounded<RunChange>();
        RunManifest[] present;
        lock (documents)
        {
            watchers.Add(feed.Writer);
            present = [.. Matching(query)];
        }
        foreach (var run in after is null ? present : [])
            yield return new RunChange(version, run);
        await foreach (var change in feed.Reader.ReadAllAsync(cancellation))
        {
            if (Matches(query, change.Run))
                yield return change;
        }
    }

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        End(run, RunPhase.Failed, "Cancelled.");

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        Changed(run, status => status with { Phase = RunPhase.Waiting,
            Hold = new RunHoldStatus(operation.By ?? "somebody", time.GetUtcNow(), reason) });

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Changed(run, status => status with { Phase = RunPhase.Pending, Hold = null });

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        End(run, succeeded ? RunPhase.Completed : RunPhase.Failed, message);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) => throw new NotSupportedException();

    public async Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        (await GetRun(run, cancellation)).Succeeded(out var found, out var problem)
            ? new Explanation(
                run,
                found.Status!.Phase,
                $"{run} holds a reservation since 11:48 and needs 10 more H100-80GB in domain d1.",
                ["22 of 32 GPUs are free in domain d1, the best one.",
                    "Its budget has room, so it may cut unfunded work at 12:15."],
                ["default/eval-7 (8 GPUs, funded, 2h earlier)"],
                ["Lower resources.totalGPUs to 22: it would start at once.",
                    "Add a sponsor with 10 GPUs of headroom: sponsors add default/train-128 org:lab"],
                found.Status.Eta,
                ["24 GPUs owned by rai/h100", "8 GPUs shared by ai/pool"],
                Queue: found.Status.Queue)
            : problem;

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        return Done(new Plan(
            run.Key,
            "reserved",
            [
                new PlannedClaim(0, 16, new EnvelopeKey("rai", "h100"), FundingClass.Owned),
                new PlannedClaim(1, 16, null, FundingClass.Unfunded),
            ],
            [NodeSlots.Parse("node-1#0-7"), NodeSlots.Parse("node-2#0-5,7")],
            [RunKey.Parse("mm/scratch")],
            new RunEta(now.AddMinutes(12), now.AddMinutes(40)),
            10,
            ["10 GPUs short in domain d1."],
            ["A funded end at 12:12 frees 16 GPUs."]));
    }

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Done(SampleViews.WhatIf(question, time.GetUtcNow()));

    public async Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default)
    {
        if (!(await GetRun(run, cancellation)).Succeeded(out var found, out var problem))
            return problem;
        var funding = found.Spec.Funding ?? new RunFunding();
        var changed = found with { Spec = found.Spec with { Funding = funding with { AllowBorrow = true,
            Sponsors = [.. funding.Sponsors, sponsor] } } };
        Put(changed);
        return changed;
    }

    public async Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default)
    {
        if (!(await GetRun(run, cancellation)).Succeeded(out var found, out var problem))
            return problem;
        if (found.Spec.Malleable is not { } widths)
            return new Problem(ProblemCode.Conflict, $"{run} cannot shrink.");
        var changed = found with { Spec = found.Spec with { Malleable = widths with { DesiredTotalGPUs =
            (found.Status?.Width?.Allocated ?? found.Spec.Resources.TotalGPUs) - gpus } } };
        Put(changed);
        return changed;
    }

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        Done(new Page<NodeView>(
    [
        .. from manifest in Present().OfType<NodeManifest>()
           let node = manifest.Node
           where (query.Name is null || node.Name == query.Name)
               && (query.Flavor is null || node.Flavor == query.Flavor)
               && (query.Domain is null || node.Domain().IsNamed(query.Domain))
           let used = Leases().Where(lease => lease.End is null).SelectMany(lease => lease.Lease.Slots).Where(
               slots => slots.Node == node.Name).Sum(slots => slots.Count)
           select new NodeView(node, used, node.State == NodeState.Ready ? node.Gpus - used : 0),
    ]));

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default)
    {
        if (Present().OfType<NodeManifest>().FirstOrDefault(manifest => manifest.Node.Name == node) is not { } found)
            return Task.FromResult<Result<Applied>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node}."));
        return Done(Put(new NodeManifest(found.Node with { State = state, EmptyBy = emptyBy,
            StateSet = new NodeStateChange(by, time.GetUtcNow(), reason) })));
    }

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        Delete("Node", node, manifest => manifest is NodeManifest found && found.Node.Name == node);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        Done<IReadOnlyList<BudgetView>>(
        [.. Present().OfType<BudgetManifest>().Select(manifest => new BudgetView(
            manifest.Budget, manifest.Budget.AutoRenew is null ? [] : [manifest.Budget.Envelopes[0].Name]))]);

    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) =>
        Delete("Budget", budget, manifest => manifest is BudgetManifest found && found.Budget.Key == budget);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) => Done<IReadOnlyList<EnvelopeUsage>>(
    [
        .. from manifest in Present().OfType<BudgetManifest>()
           where owner is null || manifest.Budget.Owner == owner || manifest.Budget.Owner.StartsWith(
               owner + ":", StringComparison.Ordinal)
           from envelope in manifest.Budget.Envelopes
           select new EnvelopeUsage(
               new EnvelopeKey(manifest.Budget.Key, envelope.Name), manifest.Budget.Owner, envelope.Flavor,
                   envelope.Concurrency,
               envelope.IsOpen(time.GetUtcNow()), new ClassSplit(8, 4, 0, 2), 1, envelope.Concurrency - 12,
                   new ClassSplit(120.5, 16, 0, 3.25),
               envelope.Start, envelope.End),
    ]);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        Done(new Page<LeaseManifest>(
        [.. Leases().Where(lease => (query.Run is null || lease.Lease.Run == query.Run)
            && (query.IncludeEnded || lease.End is null))]));

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) => Done<IReadOnlyList<ReservationView>>(
    [
        .. from manifest in Present().OfType<ReservationManifest>()
           let start = manifest.Reservation.EarliestStart
           select new ReservationView(
               manifest.Reservation, "H100-80GB", "d1", 0.87, ["A funded end at 12:12 frees 16 GPUs."],
                   start - time.GetUtcNow(), new RunEta(start, start.AddMinutes(28))),
    ]);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        Done<IReadOnlyList<FlavorView>>(
        Present().OfType<NodeManifest>().Any() ? [SampleViews.Flavor(time.GetUtcNow())] : []);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) => Task.FromResult<Result<LedgerPage>>(
            flavor == SampleLedger.Flavor ? SampleLedger.Page(after, Math.Min(limit, 2))
            : new Problem(ProblemCode.NotFound, $"There is no flavor {flavor}."));

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        Done(SampleLedger.EventsOf(run));

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        Task.FromResult<Result<DrawReport>>(SampleLedger.DrawOf(sequence) is { } report ? report
            : new Problem(ProblemCode.NotFound, $"In entry {sequence} of {flavor} no lot was drawn."));

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        Done(SampleViews.Usage(query, time.GetUtcNow()));

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) => Done(
        Present().Any(document => document is RunManifest { Key.Name: "broken" })
            ? SampleViews.Audit with { Violations = [
                new AuditViolation(1, "H100-80GB record 12", "Slot node-1#3 has two open active leases.")] }
            : SampleViews.Audit);

    private static Task<Result<T>> Done<T>(T value) => Task.FromResult(Results.Of(value));

    // Whoever reads beside a change must not see it half done.
    private Manifest[] Present()
    {
        lock (documents)
            return [.. documents];
    }

    private IEnumerable<RunManifest> Runs() => Present().OfType<RunManifest>();

    private IEnumerable<LeaseManifest> Leases() => Present().OfType<LeaseManifest>();

    private IEnumerable<RunManifest> Matching(RunQuery query) =>
        Runs().Where(run => Matches(query, run)).OrderBy(run => run.Key);

    private static bool Matches(RunQuery query, RunManifest run) =>
        (query.Namespace is null || run.Key.Namespace == query.Namespace)
        && (query.Name is null || run.Key.Name == query.Name)
        && (query.Owner is null || run.Spec.Owner == query.Owner)
        && (query.VisibleOwners?.Contains(run.Spec.Owner!) ?? true)
        && (query.Phase is null || run.Status?.Phase == query.Phase);

    private Task<Result<RunManifest>> End(RunKey run, RunPhase phase, string? message) =>
        Changed(run, status => status with { Phase = phase, Message = message, FinishedAt = time.GetUtcNow() });

    private async Task<Result<RunManifest>> Changed(RunKey run, Func<RunStatus, RunStatus> change)
    {
        if (!(await GetRun(run)).Succeeded(out var found, out var problem))
            return problem;
        var changed = found with { Status = change(found.Status!) };
        Put(changed);
        return changed;
    }

    private Task<Result<Applied>> Delete(string kind, string name, Predicate<Manifest> matches)
    {
        lock (documents)
        {
            return Task.FromResult<Result<Applied>>(
                documents.RemoveAll(matches) > 0 ? new Applied(kind, name, "deleted") : new Problem(
                    ProblemCode.NotFound, $"There is no {kind} {name}."));
        }
    }

    private Applied Put(Manifest manifest)
    {
        var (kind, name) = Identity(manifest);
        var kept = manifest is RunManifest { Status: null } run
            ? run with { Status = new RunStatus { Phase = RunPhase.Pending, Message = "In the queue.",
                SubmittedAt = time.GetUtcNow() } }
            : manifest;
        lock (documents)
        {
            var known = documents.RemoveAll(document => Identity(document) == (kind, name)) > 0;
            documents.Add(kept);
            version++;
            if (kept is RunManifest changed)
                watchers.ForEach(watcher => watcher.TryWrite(new RunChange(version, changed)));
            return kind == "Run" ? new Applied(kind, name, "waiting", "22 of 32 GPUs are free.") : new Applied(
                kind, name, known ? "changed" : "created");
        }
    }

    private static (string Kind, string Name) Identity(Manifest manifest) => manifest switch
    {
        NodeManifest node => ("Node", node.Node.Name),
        BudgetManifest budget => ("Budget", budget.Budget.Name),
        RunManifest run => ("Run", run.Key.ToString()),
        LeaseManifest lease => ("Lease", $"{lease.Lease.Run}#{lease.Lease.Id}"),
        ReservationManifest reservation => ("Reservation", reservation.Reservation.Run.ToString()),
        _ => throw new ArgumentOutOfRangeException(nameof(manifest)),
    };
}

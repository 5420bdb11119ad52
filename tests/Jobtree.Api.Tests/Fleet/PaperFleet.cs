using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Core.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Tests.Fleet;

/// <summary>
/// A fleet on paper: it keeps manifests and changes of runs, and starts a run when its flavor has GPUs left. It knows no places, no classes
/// and no time; the API's tests need no more.
/// </summary>
public sealed class PaperFleet : IOperations
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Lock gate = new();
    private readonly SortedDictionary<RunKey, RunManifest> runs = [];
    private readonly SortedDictionary<string, Node> nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Budget> budgets = new(StringComparer.Ordinal);
    private readonly List<RunChange> changes = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Commands in the order they came, with their operation ids.</summary>
    public List<string> Operations { get; } = [];

    /// <summary>Changes before this version are no longer kept.</summary>
    public long OldestVersion { get; set; }

    /// <summary>Every operation waits for this, as one that hangs does.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>Thrown by every operation, as by a fleet that is broken.</summary>
    public Exception? Breaks { get; set; }

    /// <summary>Refused by every operation.</summary>
    public Problem? Refuses { get; set; }

    /// <summary>What an audit finds.</summary>
    public List<AuditViolation> Violations { get; } = [];

    public int WatchersOpen { get; private set; }

    public async Task<Result<IReadOnlyList<Applied>>> Apply(IReadOnlyList<Manifest> manifests, string operation, CancellationToken cancellation = default)
    {
        if (await Enter(operation, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            return manifests.FirstOrDefault(manifest => manifest is LeaseManifest or ReservationManifest) is not null
                ? new Problem(ProblemCode.Invalid, "Leases and reservations are facts that only a flavor writes.")
                : manifests.OfType<RunManifest>().FirstOrDefault(run => runs.TryGetValue(run.Key, out var there) && there.Spec.Resources != run.Spec.Resources) is { } other
                ? new Problem(ProblemCode.Conflict, $"The run {other.Key} is there with another spec.")
                : Results.Of<IReadOnlyList<Applied>>([.. manifests.Select(Apply)]);
        }
    }

    public async Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
            return runs.TryGetValue(run, out var found) ? found : Missing(run);
    }

    public async Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            var rest = runs.Values.Where(run => Matches(query, run) && (query.Continue is null || run.Key.CompareTo(RunKey.Parse(query.Continue)) > 0)).ToList();
            var items = rest.Take(query.Limit).ToList();
            return new Page<RunManifest>(items, rest.Count > items.Count ? items[^1].Key.ToString() : null, changes.Count);
        }
    }

    public async IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (after < OldestVersion)
            throw new WatchExpiredException();
        lock (gate)
            WatchersOpen++;
        try
        {
            var seen = after ?? 0;
            while (true)
            {
                List<RunChange> fresh;
                Task more;
                lock (gate)
                {
                    fresh = [.. changes.Where(change => change.Version > seen && Matches(query, change.Run))];
                    more = changed.Task;
                }

                foreach (var change in fresh)
                {
                    if (change.Version <= OldestVersion)
                        throw new WatchExpiredException();
                    yield return change;
                    seen = change.Version;
                }

                await more.WaitAsync(cancellation);
            }
        }
        finally
        {
            lock (gate)
                WatchersOpen--;
        }
    }

    public Task<Result<RunManifest>> CancelRun(RunKey run, string operation, CancellationToken cancellation = default) =>
        Change(run, operation, found => Ended(found, RunPhase.Failed, "Cancelled", null), cancellation);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, string operation, CancellationToken cancellation = default) =>
        Change(run, operation, found => Ended(found, succeeded ? RunPhase.Completed : RunPhase.Failed, "Reported", message), cancellation);

    public async Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        (await GetRun(run, cancellation)).Succeeded(out var found, out var problem)
            ? new Explanation(run, found.Status!.Phase, $"{run} is {found.Status.Phase}.", [], [], [], null, [])
            : problem;

    public async Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        var fits = run.Spec.Resources.TotalGPUs <= Free(run.Spec.Resources.GpuType);
        return new Plan(run.Key, fits ? "bound" : "waiting", [], [], [], null, fits ? 0 : run.Spec.Resources.TotalGPUs, [], []);
    }

    public Task<Result<RunManifest>> AddSponsor(RunKey run, string sponsor, string operation, CancellationToken cancellation = default) =>
        Change(run, operation, found => found with { Spec = found.Spec with { Funding = new RunFunding { AllowBorrow = true, Sponsors = [sponsor] } } }, cancellation);

    public async Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            var items = nodes.Values
                .Where(node => (query.Name ?? node.Name) == node.Name && (query.Flavor ?? node.Flavor) == node.Flavor && (query.State ?? node.State) == node.State)
                .Select(node => new NodeView(node, 0, node.Gpus));
            return new Page<NodeView>([.. items.Take(query.Limit)]);
        }
    }

    public async Task<Result<Applied>> DeleteNode(string node, string operation, CancellationToken cancellation = default)
    {
        if (await Enter(operation, cancellation) is { } problem)
            return problem;
        lock (gate)
            return nodes.Remove(node) ? new Applied("Node", node, "deleted") : new Problem(ProblemCode.NotFound, $"There is no node {node}.");
    }

    public async Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
            return Results.Of<IReadOnlyList<BudgetView>>([.. budgets.Values.Select(budget => new BudgetView(budget, []))]);
    }

    public async Task<Result<Applied>> DeleteBudget(string budget, string operation, CancellationToken cancellation = default)
    {
        if (await Enter(operation, cancellation) is { } problem)
            return problem;
        lock (gate)
            return budgets.Remove(budget) ? new Applied("Budget", budget, "deleted") : new Problem(ProblemCode.NotFound, $"There is no budget {budget}.");
    }

    public async Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(string? owner = null, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            return Results.Of<IReadOnlyList<EnvelopeUsage>>([.. budgets.Values
                .Where(budget => owner is null || budget.Owner == owner)
                .SelectMany(budget => budget.Envelopes, (budget, envelope) => new EnvelopeUsage(
                    new EnvelopeKey(budget.Name, envelope.Name), budget.Owner, envelope.Flavor, envelope.Concurrency, true,
                    new ClassSplit(4, 2, 1, 0), 1, 3, new ClassSplit(0.5, 0, 0, 0), envelope.Start, envelope.End))]);
        }
    }

    public async Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            var items = runs.Values
                .Where(run => run.Status!.Phase == RunPhase.Running && Sees(query.VisibleOwners, run) && (query.Run is null || query.Run == run.Key))
                .Select((run, index) => new LeaseManifest(
                    new Lease { Id = index + 1, Run = run.Key, Slots = [new NodeSlots("n1", (1UL << run.Spec.Resources.TotalGPUs) - 1)], Start = Now },
                    null,
                    FundingClass.Unfunded));
            return new Page<LeaseManifest>([.. items.Take(query.Limit)]);
        }
    }

    public async Task<Result<IReadOnlyList<ReservationView>>> ListReservations(string? flavor = null, CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            return Results.Of<IReadOnlyList<ReservationView>>([.. runs.Values
                .Where(run => run.Status!.Phase == RunPhase.Reserved)
                .Select(run => new ReservationView(
                    new Reservation { Run = run.Key, Made = Now, EarliestStart = Now.AddHours(1) },
                    run.Spec.Resources.GpuType, "fleet", null, [], TimeSpan.FromHours(1), new RunEta(Now.AddHours(1), Now.AddHours(2))))]);
        }
    }

    public async Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default)
    {
        if (await Enter(null, cancellation) is { } problem)
            return problem;
        lock (gate)
            return Results.Of<IReadOnlyList<FlavorView>>([.. nodes.Values.Select(node => node.Flavor).Distinct().Order(StringComparer.Ordinal).Select(View)]);
    }

    public async Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        await Enter(null, cancellation) is { } problem ? problem : new AuditReport(changes.Count, 0, new Dictionary<string, string>(), Violations);

    private async ValueTask<Problem?> Enter(string? operation, CancellationToken cancellation)
    {
        await Hold.WaitAsync(cancellation);
        if (Breaks is not null)
            throw Breaks;
        if (operation is not null && Refuses is null)
        {
            lock (gate)
                Operations.Add(operation);
        }

        return Refuses;
    }

    private Applied Apply(Manifest manifest)
    {
        switch (manifest)
        {
            case NodeManifest { Node: var node }:
                nodes[node.Name] = node;
                return new Applied("Node", node.Name, "created");
            case BudgetManifest { Budget: var budget }:
                budgets[budget.Name] = budget;
                return new Applied("Budget", budget.Name, "created");
            case RunManifest run when runs.ContainsKey(run.Key):
                return new Applied("Run", run.Key.ToString(), "unchanged");
            case RunManifest run:
                var fits = run.Spec.Resources.TotalGPUs <= Free(run.Spec.Resources.GpuType);
                var reserved = !fits && run.Spec.Runtime?.ExpectedDuration is not null;
                var owner = run.Spec.Owner ?? budgets.Values.FirstOrDefault(budget => budget.Namespace == run.Key.Namespace)?.Owner ?? "nobody";
                Put(run with
                {
                    Spec = run.Spec with { Owner = owner },
                    Status = new RunStatus { Phase = fits ? RunPhase.Running : reserved ? RunPhase.Reserved : RunPhase.Pending, SubmittedAt = Now, StartedAt = fits ? Now : null },
                });
                return new Applied("Run", run.Key.ToString(), fits ? "bound" : reserved ? "reserved" : "waiting");
            default:
                throw new InvalidOperationException($"{manifest.GetType().Name} was let through.");
        }
    }

    private async Task<Result<RunManifest>> Change(RunKey run, string operation, Func<RunManifest, RunManifest> change, CancellationToken cancellation)
    {
        if (await Enter(operation, cancellation) is { } problem)
            return problem;
        lock (gate)
        {
            if (!runs.TryGetValue(run, out var found))
                return Missing(run);
            if (found.Status!.Phase is RunPhase.Completed or RunPhase.Failed)
                return new Problem(ProblemCode.Conflict, $"The run {run} has ended.");
            return Put(change(found));
        }
    }

    private RunManifest Put(RunManifest run)
    {
        runs[run.Key] = run;
        changes.Add(new RunChange(changes.Count + 1, run));
        var waiters = changed;
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiters.SetResult();
        return run;
    }

    private static RunManifest Ended(RunManifest run, RunPhase phase, string reason, string? message) => run with
    {
        Status = run.Status! with
        {
            Phase = phase,
            Message = message,
            FinishedAt = Now.AddMinutes(5),
            Conditions = [new Condition(phase == RunPhase.Completed ? ConditionType.Completed : ConditionType.Failed, true, reason, Now)],
        },
    };

    private int Free(string flavor)
    {
        lock (gate)
        {
            return nodes.Values.Where(node => node.Flavor == flavor).Sum(node => node.Gpus)
                - runs.Values.Where(run => run.Status!.Phase == RunPhase.Running && run.Spec.Resources.GpuType == flavor).Sum(run => run.Spec.Resources.TotalGPUs);
        }
    }

    private FlavorView View(string flavor)
    {
        var gpus = nodes.Values.Where(node => node.Flavor == flavor).Sum(node => node.Gpus);
        var waiting = runs.Values.Count(run => run.Spec.Resources.GpuType == flavor && run.Status!.Phase == RunPhase.Pending);
        return new FlavorView
        {
            Flavor = flavor,
            Nodes = new Dictionary<NodeState, int> { [NodeState.Ready] = nodes.Values.Count(node => node.Flavor == flavor), [NodeState.Cordoned] = 0, [NodeState.Fenced] = 0 },
            Gpus = gpus,
            Free = Free(flavor),
            Used = gpus - Free(flavor),
            Cordoned = 0,
            Fenced = 0,
            ByClass = new ClassSplit(0, 0, 0, gpus - Free(flavor)),
            Spares = 0,
            Fragmentation = 0.25,
            Waiting = waiting,
            Reserved = 0,
            DemandGpus = 0,
            Backlog = TimeSpan.FromMinutes(90),
            NextGpu = new RunEta(Now, Now),
            Decisions = new Dictionary<string, long> { ["bound"] = changes.Count },
            LedgerSequence = changes.Count,
            LedgerHead = "00",
        };
    }

    private static bool Matches(RunQuery query, RunManifest run) =>
        (query.Namespace ?? run.Key.Namespace) == run.Key.Namespace
        && (query.Name ?? run.Key.Name) == run.Key.Name
        && (query.Flavor ?? run.Spec.Resources.GpuType) == run.Spec.Resources.GpuType
        && (query.Phase ?? run.Status!.Phase) == run.Status!.Phase
        && (query.Owner is null || Sees([query.Owner], run))
        && Sees(query.VisibleOwners, run);

    private static bool Sees(IReadOnlyList<string>? owners, RunManifest run) =>
        owners is null || owners.Any(owner => run.Spec.Owner == owner || run.Spec.Owner!.StartsWith(owner + ":", StringComparison.Ordinal));

    private static Problem Missing(RunKey run) => new(ProblemCode.NotFound, $"There is no run {run}.");
}

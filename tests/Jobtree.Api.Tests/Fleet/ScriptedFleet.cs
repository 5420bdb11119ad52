using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Tests.Fleet;

/// <summary>
/// A fleet that takes one request at a time, can be made to hang, break or refuse, and notes the commands it gets.
/// </summary>
public sealed class ScriptedFleet : IOperations, IDisposable
{
    private readonly MemoryLedgers ledgers = new();
    private readonly SteppedFleet fleet;
    private readonly FleetOperations inner;
    private readonly SemaphoreSlim turn = new(1, 1);
    private int watchersOpen;

    public ScriptedFleet()
    {
        fleet = new SteppedFleet(new SteppedFleetOptions { Time = TimeProvider.System, Executor = Launches,
            Journals = ledgers.For });
        inner = new FleetOperations(fleet, TimeProvider.System, observer: Observer, ledgers: ledgers);
    }

    /// <summary>Passes on what is submitted.</summary>
    public ForwardingObserver Observer { get; } = new();

    /// <summary>What was started.</summary>
    public RecordedLaunches Launches { get; } = new();

    /// <summary>The operation ids of commands in the order they came.</summary>
    public List<string> Operations { get; } = [];

    /// <summary>What an audit finds beside the truth.</summary>
    public List<AuditViolation> Violations { get; } = [];

    /// <summary>Every operation waits for this, as one that hangs does.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>Thrown by every operation, as by a fleet that is broken.</summary>
    public Exception? Breaks { get; set; }

    /// <summary>Refused by every operation.</summary>
    public Problem? Refuses { get; set; }

    /// <summary>Ends every watch with its next change, as when changes come faster than they are read.</summary>
    public bool WatchesExpire { get; set; }

    public int WatchersOpen => Volatile.Read(ref watchersOpen);

    /// <summary>Makes the flavor H100 known, with nothing of it: what is submitted waits.</summary>
    public async Task Seed()
    {
        var budget = new BudgetManifest(new Budget
        {
            Name = "seed",
            Owner = "seed",
            Envelopes =
            [
                new Envelope
                {
                    Name = "none",
                    Flavor = "H100",
                    Concurrency = 0,
                    Start = DateTimeOffset.UnixEpoch,
                    End = DateTimeOffset.UnixEpoch.AddYears(200),
                },
            ],
        });
        Assert.True((await inner.Apply([budget], "seed")).Succeeded(out _, out _));
    }

    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default) =>
        Guard(() => inner.Apply(manifests, operation, traceParent, again, cancellation), cancellation, operation.Id);

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        Guard(() => inner.GetRun(run, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        Guard(() => inner.ListRuns(query, cancellation), cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        Guard(() => inner.ListHistory(query, cancellation), cancellation);

    public async IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref watchersOpen);
        try
        {
            await foreach (var change in inner.WatchRuns(query, after, cancellation))
                yield return WatchesExpire ? throw new WatchExpiredException() : change;
        }
        finally
        {
            Interlocked.Decrement(ref watchersOpen);
        }
    }

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.CancelRun(run, operation, cancellation), cancellation, operation.Id);

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.HoldRun(run, reason, operation, cancellation), cancellation, operation.Id);

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.ReleaseRun(run, operation, cancellation), cancellation, operation.Id);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        Guard(() => inner.CompleteRun(run, succeeded, message, operation, attempt, cancellation), cancellation,
            operation.Id);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        Guard(() => inner.ReportRun(run, report, cancellation), cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        Guard(() => inner.ReportNode(node, usage, cancellation), cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Guard(() => inner.WhatIf(question, cancellation), cancellation);

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        Guard(() => inner.ExplainRun(run, cancellation), cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        Guard(() => inner.PlanRun(run, cancellation), cancellation);

    public Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.AddSponsor(run, sponsor, operation, cancellation), cancellation, operation.Id);

    public Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default) =>
        Guard(() => inner.ListNodes(query, cancellation), cancellation);

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        Guard(() => inner.SetNodeState(node, state, by, reason, operation, emptyBy, cancellation), cancellation,
            operation.Id);

    public Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.ShrinkRun(run, gpus, operation, cancellation), cancellation, operation.Id);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.DeleteNode(node, operation, cancellation), cancellation, operation.Id);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        Guard(() => inner.ListBudgets(cancellation), cancellation);

    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) =>
        Guard(() => inner.DeleteBudget(budget, operation, cancellation), cancellation, operation.Id);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        Guard(() => inner.BudgetsUsage(owner, cancellation), cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        Guard(() => inner.ListLeases(query, cancellation), cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        Guard(() => inner.ListReservations(flavor, cancellation), cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        Guard(() => inner.ListFlavors(cancellation), cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) =>
        Guard(() => inner.ReadLedger(flavor, after, limit, cancellation), cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        Guard(() => inner.RunEvents(run, cancellation), cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        Guard(() => inner.RepeatDraw(flavor, sequence, cancellation), cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        Guard(() => inner.UsageBetween(query, cancellation), cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default) =>
        Breaks is { } broken ? throw broken : inner.Export(cancellation);

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) => Guard<AuditReport>(
        async () => (await inner.Audit(cancellation)).Succeeded(out var report, out var problem)
            ? report with { Violations = [.. report.Violations, .. Violations] }
            : problem,
        cancellation);

    public void Dispose() => turn.Dispose();

    private async Task<Result<T>> Guard<T>(
        Func<Task<Result<T>>> operation, CancellationToken cancellation, string? command = null)
    {
        await Hold.WaitAsync(cancellation);
        if (Breaks is not null)
            throw Breaks;
        if (Refuses is not null)
            return Refuses;
        await turn.WaitAsync(cancellation);
        try
        {
            if (command is not null)
                Operations.Add(command);
            var answer = await operation();
            await fleet.Settle();
            return answer;
        }
        finally
        {
            turn.Release();
        }
    }
}

using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Everything that people and programs ask of a fleet. The REST API maps it to HTTP, the CLI calls it over HTTP or on a
/// state file, and FleetOperations implements it over <c>IFleet</c>. Every command is safe to repeat with the same
/// operation id.
/// </summary>
public interface IOperations
{
    /// <summary>Applies manifests of kinds Node, Budget and Run, all checked before the first is applied.</summary>
    /// <param name="manifests">The documents, in order.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="traceParent">The W3C trace context of the command, which the workloads of its runs continue;
    /// absent: none. See <see cref="TraceParent"/>.</param>
    /// <param name="again">Whether runs that have ended are to run again, as new attempts; otherwise applying the
    /// manifest of one changes nothing.</param>
    /// <param name="cancellation">Stops waiting; what was begun goes on.</param>
    /// <returns>One line per document. Reservations and leases are refused: they are facts that only a flavor
    /// writes.</returns>
    Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, string operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default);

    /// <summary>One run with its full status.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default);

    /// <summary>A page of runs in key order, without funding and forecasts.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default);

    /// <summary>Every change of a matching run's phase from now on, or after a version seen before.</summary>
    /// <param name="query">Filters; the page is ignored.</param>
    /// <param name="after">The version of the last change seen; absent: begin with the present state of each
    /// run.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <returns>The changes in order. Present states all carry the version they are the state at, and come without
    /// waiting in between. Ends with <see cref="WatchExpiredException"/> when <paramref name="after"/> is too
    /// old.</returns>
    IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null, CancellationToken cancellation = default);

    /// <summary>Cancels a run, waiting or running.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> CancelRun(RunKey run, string operation, CancellationToken cancellation = default);

    /// <summary>Reports the end of a running run's workload.</summary>
    /// <param name="run">The run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What to show for it, such as an exit code.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="attempt">Which start of the run the report is of; absent: the only one there was. A report of
    /// another than the present attempt is a conflict.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, string operation,
        int? attempt = null, CancellationToken cancellation = default);

    /// <summary>Where a run is, why not further, who is ahead, what would start it sooner, and when.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default);

    /// <summary>
    /// What admission would do now with a run that waits, is reserved, or was not submitted yet. Changes nothing.
    /// </summary>
    /// <param name="run">The run, as it stands or as it would be submitted.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default);

    /// <summary>Adds an owner to the end of a waiting run's list of sponsors, and allows it to borrow.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sponsor">The owner.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, string operation, CancellationToken cancellation = default);

    /// <summary>A page of nodes in name order.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default);

    /// <summary>Cordons, fences or readies a node: the only way to change its state.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="state">The state.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="reason">Why, in a sentence; null: that is not said.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason, string operation,
        CancellationToken cancellation = default);

    /// <summary>Removes a node that has no open lease.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> DeleteNode(string node, string operation, CancellationToken cancellation = default);

    /// <summary>All budgets in name order.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default);

    /// <summary>Removes a budget; claims on its envelopes lose their payer's funding at once.</summary>
    /// <param name="budget">The budget's key: <c>namespace/name</c>, or its name in <c>default</c>.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> DeleteBudget(string budget, string operation, CancellationToken cancellation = default);

    /// <summary>Use of every envelope by class, now and metered, with headroom.</summary>
    /// <param name="owner">Only envelopes of this owner and those below it; absent: all.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default);

    /// <summary>A page of leases in order of their number within a flavor.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default);

    /// <summary>The pending reservations in queue order.</summary>
    /// <param name="flavor">Only this flavor's; absent: all.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default);

    /// <summary>The state and forecast of every flavor in name order.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default);

    /// <summary>Checks the live state against its invariants, and the head of each ledger.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<AuditReport>> Audit(CancellationToken cancellation = default);
}

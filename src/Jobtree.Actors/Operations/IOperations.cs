using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Everything that people and programs can ask of a fleet. The REST API maps it to HTTP. The CLI calls it over HTTP or
/// on a state file. FleetOperations implements it over <c>IFleet</c>. Every command is safe to repeat with the same
/// operation id.
/// </summary>
public interface IOperations : ILedgerOperations
{
    /// <summary>Applies manifests of kinds Node, Budget and Run. All are checked before the first is applied.</summary>
    /// <param name="manifests">The documents, in order.</param>
    /// <param name="operation">The command.</param>
    /// <param name="traceParent">The W3C trace context of the command, which the workloads of its runs continue;
    /// absent: none. See <see cref="TraceParent"/>.</param>
    /// <param name="again">Whether runs that have ended run again as new attempts. Otherwise the manifest of an ended
    /// run changes nothing.</param>
    /// <param name="cancellation">Stops waiting; work already begun continues.</param>
    /// <returns>One result per document. Reservations and leases are refused, because only a flavor writes
    /// them.</returns>
    Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default);

    /// <summary>One run with its full status.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default);

    /// <summary>A page of runs in key order, without funding. Those that wait have their place in the queue and their
    /// forecast, unless their flavor does not answer in time.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default);

    /// <summary>A page of the runs that ended, the last to end first: every submission once, long after the listing has
    /// forgotten it. A run may be missing for about a second after its end.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default);

    /// <summary>Every phase change of a matching run, from now on or after a version already seen.</summary>
    /// <param name="query">Filters; the page is ignored.</param>
    /// <param name="after">The version of the last change seen; absent: begin with the current state of each
    /// run.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <returns>The changes in order. Current states all carry the version at which they were read, and arrive without
    /// waits in between. Ends with <see cref="WatchExpiredException"/> when <paramref name="after"/> is too
    /// old.</returns>
    IAsyncEnumerable<RunChange> WatchRuns(RunQuery query, long? after = null, CancellationToken cancellation = default);

    /// <summary>Cancels a waiting or running run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> CancelRun(RunKey run, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>Holds a waiting run back: it leaves its flavor's queue, and keeps its place for when it is
    /// released.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">Why; absent: not said.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The run. A run that is held already is left as it is; one that runs or has ended is a
    /// conflict.</returns>
    Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>Lets a held run go on. It asks for admission, unless it waits for runs that it follows.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> ReleaseRun(RunKey run, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>Reports that the workload of a running run has ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="succeeded">Whether the workload succeeded.</param>
    /// <param name="message">The message to show, such as an exit code.</param>
    /// <param name="operation">The command.</param>
    /// <param name="attempt">The attempt that the report is about; absent: the run has had only one. A report about any
    /// attempt but the current one is a conflict.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default);

    /// <summary>A run's state, what holds it up, who is ahead, what would start it sooner, and when.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default);

    /// <summary>
    /// What admission would now decide for a run that waits, is reserved, or is not yet submitted. Changes nothing.
    /// </summary>
    /// <param name="run">The run as it is, or as it would be submitted.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default);

    /// <summary>
    /// What changes would do: who would start when, change class, be cut, or wait longer. They are made on a copy, in
    /// which runs then end as expected. Changes nothing.
    /// </summary>
    /// <param name="question">The changes. Documents are checked as <see cref="Apply"/> checks them.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The differences, or what one of the changes would be refused for.</returns>
    Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default);

    /// <summary>
    /// Takes telemetry of a running run. It is kept in memory only, until the attempt ends.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="report">The values; absent ones leave unchanged what was reported before.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>All values known of the attempt.</returns>
    Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default);

    /// <summary>Takes the usage of a node. It is kept in memory only, and dropped if it is not renewed.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="usage">The values; absent ones leave unchanged what was reported before.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>All current values of the node.</returns>
    Task<Result<NodeUsage>> ReportNode(string node, NodeUsage usage, CancellationToken cancellation = default);

    /// <summary>Adds an owner to the end of a waiting run's list of sponsors, and allows it to borrow.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sponsor">The owner.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>
    /// Lowers the desired width of an elastic run by whole steps; a running one shrinks to it at once, by its highest
    /// groups.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="gpus">How many GPUs less than it has, or than it would start with.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>A page of nodes in name order.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default);

    /// <summary>
    /// Cordons, drains, fences or readies a node. This is the only way to change its state. Fencing ends the leases on
    /// it.
    /// </summary>
    /// <param name="node">The node's name.</param>
    /// <param name="state">The state.</param>
    /// <param name="by">Who requests the change.</param>
    /// <param name="reason">The reason, in a sentence; null if not given.</param>
    /// <param name="operation">The command's id.</param>
    /// <param name="emptyBy">When a draining node is to be empty, later than now; null for any other state.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason, FleetCommand operation,
        DateTimeOffset? emptyBy = null, CancellationToken cancellation = default);

    /// <summary>Removes a node that has no open lease.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> DeleteNode(string node, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>All budgets in name order.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default);

    /// <summary>Removes a budget. Claims on its envelopes lose that funding at once.</summary>
    /// <param name="budget">The budget's key: <c>namespace/name</c>, or its name in <c>default</c>.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default);

    /// <summary>The use of every envelope by class, current and metered, with headroom.</summary>
    /// <param name="owner">Only envelopes of this owner and its descendants; absent: all.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default);

    /// <summary>A page of leases, ordered by number within each flavor.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default);

    /// <summary>The pending reservations in queue order.</summary>
    /// <param name="flavor">Only reservations of this flavor; absent: all.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default);

    /// <summary>The state and forecast of every flavor, in name order.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default);

    /// <summary>
    /// The whole fleet as documents: nodes, budgets, flavors, runs, leases and reservations. A fleet made from them,
    /// such as that of a state file, decides alike. Each flavor is read at one instant.
    /// </summary>
    /// <param name="cancellation">Ends the stream.</param>
    /// <returns>The documents in order. A stream that cannot be completed ends with an exception.</returns>
    IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default);

    /// <summary>Checks the live state against its invariants, and reports the head of each ledger.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<AuditReport>> Audit(CancellationToken cancellation = default);
}

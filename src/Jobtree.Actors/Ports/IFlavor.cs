using Jobtree.Actors.Flavors;
using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Ports;

/// <summary>
/// A GPU flavor: sole writer of its nodes and slots, the ledger of leases, the queue and its reservations. It awaits no
/// other actor; its facts are delivered through its outbox.
/// </summary>
public interface IFlavor
{
    /// <summary>Decides on a run's admission. Safe to repeat: a known run gets its current state.</summary>
    /// <param name="demand">What the run asks for.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    /// <returns>Queued, reserved or started.</returns>
    ValueTask<Result<RunFact>> Admit(Demand demand, string? by = null);

    /// <summary>
    /// Whether the flavor would now accept a run that it does not know yet; if not, why. Changes nothing, and costs
    /// nothing.
    /// </summary>
    ValueTask<Result<bool>> CanAdmit();

    /// <summary>Ends a run's leases, or removes it from the queue.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">Why.</param>
    /// <param name="only">The submission and attempt to end; absent: whatever there is now.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    /// <returns>What happened, now or at an earlier close whose answer may have been lost. Null if the run holds
    /// nothing to end, or the flavor never knew the run or has forgotten it.</returns>
    ValueTask<RunFact?> Close(RunKey run, LeaseEndReason reason, AttemptKey? only = null, string? by = null);

    /// <summary>Takes a waiting run out of the queue because it is held. Safe to repeat.</summary>
    /// <param name="run">The run.</param>
    /// <param name="submittedAt">Which submission of it.</param>
    /// <param name="by">Who holds it; absent if nobody said so.</param>
    /// <returns>That it was withdrawn, or started if it runs already and so stays.</returns>
    ValueTask<RunFact> Withdraw(RunKey run, DateTimeOffset submittedAt, string? by);

    /// <summary>
    /// How runs ended that hold nothing here any more, for runs whose answer may have been lost with the asking silo.
    /// Changes nothing.
    /// </summary>
    /// <param name="runs">The runs.</param>
    /// <returns>A fact for each run that ended here recently and neither runs nor waits.</returns>
    ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs);

    /// <summary>Changes the demand of a waiting run.</summary>
    /// <param name="demand">The new demand; the run keeps its place in the queue.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    /// <returns>Whether the run waits.</returns>
    ValueTask<bool> Amend(Demand demand, string? by = null);

    /// <summary>
    /// Sets the desired width of a run. A running one that is wider shrinks at once; one that is narrower grows when it
    /// can. Safe to repeat.
    /// </summary>
    /// <param name="demand">The run's demand with its new desired width.</param>
    /// <param name="by">Who asked for it.</param>
    /// <returns>Whether the run has that desired width.</returns>
    ValueTask<bool> Resize(Demand demand, string? by = null);

    /// <summary>Adds or changes nodes. An existing node keeps its state.</summary>
    /// <param name="nodes">The desired nodes; their state applies only to new nodes.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    ValueTask<Result<NodeChanges>> PutNodes(IReadOnlyList<Node> nodes, string? by = null);

    /// <summary>What <see cref="PutNodes"/> would refuse these nodes for; null if it would take them.</summary>
    /// <param name="nodes">The desired nodes.</param>
    ValueTask<Problem?> FindNodeConflict(IReadOnlyList<Node> nodes);

    /// <summary>
    /// Sets a node's state. Fencing ends the leases on the node: spares take over, runs shrink, go back to the queue or
    /// fail.
    /// </summary>
    /// <param name="node">The node's name.</param>
    /// <param name="to">The state.</param>
    /// <param name="by">Who sets it.</param>
    /// <param name="reason">The reason; null if not given.</param>
    /// <param name="emptyBy">When a draining node is to be empty; later than now. Null for any other state.</param>
    /// <returns>Whether the state changed.</returns>
    ValueTask<Result<bool>> SetNodeState(
        string node, NodeState to, string by, string? reason, DateTimeOffset? emptyBy = null);

    /// <summary>Removes a node that has no open lease.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    ValueTask<Result<bool>> RemoveNode(string node, string? by = null);

    /// <summary>
    /// Ends the doubt after entries of the ledger were lost: nothing runs any more that they started, so the nodes that
    /// were cordoned for it are ready, and new ones begin ready.
    /// </summary>
    /// <param name="by">Who says so.</param>
    /// <returns>Whether there was a doubt.</returns>
    ValueTask<bool> SettleLoss(string? by = null);

    /// <summary>Adds, changes or removes budgets. Unchanged ones are ignored.</summary>
    /// <param name="put">The new or changed budgets.</param>
    /// <param name="remove">Keys of the budgets to remove.</param>
    /// <param name="by">Who asked for it; absent if nobody said so.</param>
    ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove, string? by = null);

    /// <summary>The keys of the budgets that it has, in order; a budget without an envelope of this flavor counts for
    /// the family.</summary>
    ValueTask<IReadOnlyList<string>> Budgets();

    /// <summary>Carries out what is due: windows that open or close, and reservations whose time has come.</summary>
    ValueTask Tick();

    /// <summary>The state and forecast.</summary>
    ValueTask<FlavorView> View();

    /// <summary>A run's current payers, leases and forecast; null if the flavor does not know the run.</summary>
    /// <param name="run">The run.</param>
    ValueTask<RunPosition?> Position(RunKey run);

    /// <summary>
    /// Where waiting runs stand in the queue, and when they are expected to start; those that do not wait, and those
    /// that the fleet could never hold, are left out. One question for a whole list costs little more than one for a
    /// run.
    /// </summary>
    /// <param name="runs">The runs.</param>
    ValueTask<IReadOnlyList<QueuedRun>> Queued(IReadOnlyList<RunKey> runs);

    /// <summary>What admission would now decide on a demand. Changes nothing.</summary>
    /// <param name="demand">The demand; for a waiting run, its own.</param>
    ValueTask<Plan> Plan(Demand demand);

    /// <summary>Why a waiting run waits and what would start it sooner.</summary>
    /// <param name="run">The run.</param>
    ValueTask<Explanation?> Explain(RunKey run);

    /// <summary>The nodes with their use, in name order.</summary>
    ValueTask<IReadOnlyList<NodeView>> Nodes();

    /// <summary>The open leases with their classes and the retained ended ones, in order of number.</summary>
    /// <param name="includeEnded">Whether to include ended leases.</param>
    ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded);

    /// <summary>The pending reservations in queue order.</summary>
    ValueTask<IReadOnlyList<ReservationView>> Reservations();

    /// <summary>The flavor's envelopes with their room, in order.</summary>
    ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes();

    /// <summary>The whole state at one instant, for a copy that decides alike. Changes nothing.</summary>
    ValueTask<FlavorCopy> Copy();

    /// <summary>Checks the live state against the invariants.</summary>
    ValueTask<AuditReport> Audit();
}

/// <summary>The outcome of adding or changing nodes.</summary>
/// <param name="Changed">Names of the new or changed nodes.</param>
/// <param name="KeepingState">The nodes that keep a state other than the manifest's, as they are.</param>
public sealed record NodeChanges(IReadOnlyList<string> Changed, IReadOnlyList<Node> KeepingState);

/// <summary>A flavor's state, and the options by which it decides.</summary>
/// <param name="State">The state.</param>
/// <param name="Options">The scheduler's limits and times.</param>
public sealed record FlavorCopy(FlavorSnapshot State, SchedulerOptions Options);

using Jobtree.Actors.Flavors;
using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Ports;

/// <summary>
/// A GPU flavor: sole writer of its nodes and slots, the ledger of leases, the queue and its reservations. It awaits no
/// other actor; what it has to tell goes through its outbox.
/// </summary>
public interface IFlavor
{
    /// <summary>Decides about a run. Safe to repeat: for a run that it knows, it says where it stands.</summary>
    /// <param name="demand">What the run asks for.</param>
    /// <returns>Queued, reserved or started.</returns>
    ValueTask<Result<RunFact>> Admit(Demand demand);

    /// <summary>
    /// Whether a run that the flavor does not know yet would be taken now; if not, why. Changes nothing, and costs
    /// nothing.
    /// </summary>
    ValueTask<Result<bool>> CanAdmit();

    /// <summary>Ends a run's leases, or takes it off the queue.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">Why.</param>
    /// <returns>What happened, now or when its leases were closed before, should that answer have been lost; null: it
    /// holds nothing to end, or the flavor has never known the run or forgotten it.</returns>
    ValueTask<RunFact?> Close(RunKey run, LeaseEndReason reason);

    /// <summary>
    /// How runs ended that hold nothing here any more: what each should have heard, should the answer have been lost
    /// with the silo that asked. Changes nothing.
    /// </summary>
    /// <param name="runs">The runs.</param>
    /// <returns>A fact for each of them that ended here lately and neither runs nor waits.</returns>
    ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs);

    /// <summary>Changes the terms of a run that waits.</summary>
    /// <param name="demand">The demand from now on; its place in the queue is kept.</param>
    /// <returns>Whether the run waits.</returns>
    ValueTask<bool> Amend(Demand demand);

    /// <summary>Adds or changes nodes. A node that is here already keeps its state.</summary>
    /// <param name="nodes">The nodes as they are from now on, but for their state.</param>
    ValueTask<Result<NodeChanges>> PutNodes(IReadOnlyList<Node> nodes);

    /// <summary>Gives a node a state.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="to">The state.</param>
    /// <param name="by">Who gives it.</param>
    /// <param name="reason">Why; null: that is not said.</param>
    /// <returns>Whether it had another one.</returns>
    ValueTask<Result<bool>> SetNodeState(string node, NodeState to, string by, string? reason);

    /// <summary>Removes a node that has no open lease.</summary>
    /// <param name="node">The node's name.</param>
    ValueTask<Result<bool>> RemoveNode(string node);

    /// <summary>Adds, changes or removes budgets. Those it has already, unchanged, are ignored.</summary>
    /// <param name="put">Budgets as they are from now on.</param>
    /// <param name="remove">Keys of budgets that are no more.</param>
    ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove);

    /// <summary>Does what is due: windows that open or close, reservations whose time has come.</summary>
    ValueTask Tick();

    /// <summary>The state and forecast.</summary>
    ValueTask<FlavorView> View();

    /// <summary>Who pays for a run now, its leases and its forecast; null: the flavor does not know it.</summary>
    /// <param name="run">The run.</param>
    ValueTask<RunPosition?> Position(RunKey run);

    /// <summary>What would become of a demand now. Changes nothing.</summary>
    /// <param name="demand">The demand; for a run that waits, its own.</param>
    ValueTask<Plan> Plan(Demand demand);

    /// <summary>Why a waiting run waits and what would start it sooner.</summary>
    /// <param name="run">The run.</param>
    ValueTask<Explanation?> Explain(RunKey run);

    /// <summary>The nodes with their use, in name order.</summary>
    ValueTask<IReadOnlyList<NodeView>> Nodes();

    /// <summary>The open leases with their classes, and the kept ended ones, in order of number.</summary>
    /// <param name="includeEnded">Whether ended leases are wanted.</param>
    ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded);

    /// <summary>The pending reservations in queue order.</summary>
    ValueTask<IReadOnlyList<ReservationView>> Reservations();

    /// <summary>Envelopes of this flavor with their room, in order.</summary>
    ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes();

    /// <summary>Checks the live state against the invariants.</summary>
    ValueTask<AuditReport> Audit();
}

/// <summary>What came of adding or changing nodes.</summary>
/// <param name="Changed">Names of those that were new or changed.</param>
/// <param name="KeepingState">Those that keep another state than was stated, as they are.</param>
public sealed record NodeChanges(IReadOnlyList<string> Changed, IReadOnlyList<Node> KeepingState);

using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>
/// A flavor in this process: its actor behind a turnstile. After each turn the host is told, so that it delivers the
/// outbox and sets the alarm.
/// </summary>
internal sealed class LocalFlavor(string name, FlavorActor actor, FlavorCourier courier, Action<LocalFlavor> afterTurn)
    : IFlavor
{
    private readonly Turnstile turnstile = new();

    public string Name { get; } = name;

    public FlavorActor Actor => actor;

    /// <summary>
    /// Delivers its outbox. It is read and emptied beside the flavor's turns: delivering must not hold up deciding.
    /// </summary>
    public FlavorCourier Courier => courier;

    /// <summary>When the host's alarm for this flavor rings; the host's own note.</summary>
    public DateTimeOffset? AlarmAt { get; set; }

    /// <summary>Delivers its outbox in the background, when the host has it do so.</summary>
    public LocalDelivery? Delivery { get; init; }

    public ValueTask<Result<RunFact>> Admit(Demand demand) =>
        Turn(demand, static (flavor, demand) => flavor.Admit(demand));

    public ValueTask<RunFact?> Close(RunKey run, LeaseEndReason reason) =>
        Turn((run, reason), static (flavor, message) => flavor.Close(message.run, message.reason));

    public ValueTask<bool> Amend(Demand demand) => Turn(demand, static (flavor, demand) => flavor.Amend(demand));

    public ValueTask<Result<IReadOnlyList<string>>> PutNodes(IReadOnlyList<Node> nodes) =>
        Turn(nodes, static (flavor, nodes) => flavor.PutNodes(nodes));

    public ValueTask<Result<bool>> RemoveNode(string node) =>
        Turn(node, static (flavor, node) => flavor.RemoveNode(node));

    public async ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove) =>
        await Turn((put, remove), static async (flavor, message) =>
        {
            await flavor.PutBudgets(message.put, message.remove);
            return true;
        });

    public async ValueTask Tick() =>
        await Turn(true, static async (flavor, done) =>
        {
            await flavor.Tick();
            return done;
        });

    public ValueTask<FlavorView> View() => Look(true, static (flavor, _) => flavor.View());

    public ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs) =>
        Look(runs, static (flavor, runs) => flavor.FindClosed(runs));

    public ValueTask<RunPosition?> Position(RunKey run) => Look(run, static (flavor, run) => flavor.Position(run));

    public ValueTask<Plan> Plan(Demand demand) => Look(demand, static (flavor, demand) => flavor.Plan(demand));

    public ValueTask<Explanation?> Explain(RunKey run) => Look(run, static (flavor, run) => flavor.Explain(run));

    public ValueTask<IReadOnlyList<NodeView>> Nodes() => Look(true, static (flavor, _) => flavor.Nodes());

    public ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded) =>
        Look(includeEnded, static (flavor, includeEnded) => flavor.Leases(includeEnded));

    public ValueTask<IReadOnlyList<ReservationView>> Reservations() =>
        Look(true, static (flavor, _) => flavor.Reservations());

    public ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes() => Look(true, static (flavor, _) => flavor.Envelopes());

    public ValueTask<AuditReport> Audit() => Look(true, static (flavor, _) => flavor.Audit());

    // Only taking it needs a turn; the flavor goes on deciding while a large state is written down.
    public async ValueTask<(long Sequence, byte[] State)> Snapshot()
    {
        var snapshot = await Look(true, static (flavor, _) => ValueTask.FromResult(flavor.Snapshot()));
        return (snapshot.State.Sequence, JsonSerializer.SerializeToUtf8Bytes(
            snapshot, FlavorJson.Default.FlavorActorSnapshot));
    }

    private ValueTask<TAnswer> Turn<TMessage, TAnswer>(
        TMessage message, Func<FlavorActor, TMessage, ValueTask<TAnswer>> turn) =>
        turnstile.Take((flavor: this, message, turn), static call =>
        {
            try
            {
                return call.turn(call.flavor.Actor, call.message);
            }
            finally
            {
                // Still within the turn: the host looks at the actor's state.
                call.flavor.AfterTurn();
            }
        });

    private void AfterTurn() => afterTurn(this);

    private ValueTask<TAnswer> Look<TMessage, TAnswer>(
        TMessage message, Func<FlavorActor, TMessage, ValueTask<TAnswer>> turn) =>
        turnstile.Take((actor, message, turn), static call => call.turn(call.actor, call.message));
}

using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// A flavor. Each decision is proposed by <see cref="Scheduler"/>, appended to the journal, which is the ledger,
/// applied, and told when it is durable. The next decision need not wait for that: whatever builds on an entry stands
/// behind it in the same journal. So a flavor decides within one turn without waiting, and a slow journal delays its
/// answers but not its pace.
/// </summary>
/// <param name="flavor">Its name.</param>
/// <param name="journal">Its journal.</param>
/// <param name="time">The clock.</param>
/// <param name="options">The scheduler's limits and times.</param>
public sealed class FlavorActor(string flavor, IJournal journal, TimeProvider time, SchedulerOptions options) : IFlavor
{
    private const int NodesPerEntryMax = 2048;

    private readonly FlavorLedger ledger = new(flavor, journal);
    private Scheduler? scheduler;

    /// <summary>Whether something waits to be told.</summary>
    public bool HasUndelivered => !ledger.Outbox.IsEmpty;

    /// <summary>
    /// Whether that should be told at once: it concerns runs, or much has gathered. Envelopes only meter what they are
    /// told.
    /// </summary>
    public bool HasUrgent => ledger.Outbox.IsUrgent;

    /// <summary>Whether a receiver was set aside, and is to be tried again.</summary>
    public bool HasSetAside => ledger.Outbox.SetAside.Count > 0;

    internal FlavorOutbox Outbox => ledger.Outbox;

    /// <summary>When <see cref="Tick"/> is next due; null: not before something happens.</summary>
    public DateTimeOffset? NextWake => Scheduler.NextWake(State.At);

    /// <summary>The state, for hosts that export it.</summary>
    public FlavorState State => ledger.State;

    /// <summary>
    /// Done when everything decided up to now is durable. It fails as <see cref="IJournal.Append"/> does, and then so
    /// does everything after.
    /// </summary>
    public Task Durable => ledger.Durable;

    /// <summary>
    /// Whether an entry is in the journal that could not be applied: then every answer fails, the activation must end,
    /// and its state must not be kept.
    /// </summary>
    public bool HasDiverged => ledger.HasDiverged;

    private Scheduler Scheduler => scheduler ??= new Scheduler(State, options);

    /// <inheritdoc/>
    public ValueTask<Result<RunFact>> Admit(Demand demand)
    {
        if (ExistingDecision(demand.Run) is { } existing)
            return WhenDurable<Result<RunFact>>(existing);
        // Refusing costs no entry, or those who press on a full queue would fill the ledger. An activation that another
        // one has followed may say so too: it holds nothing for a run that asks for the first time, and one that asks
        // again makes sure by Close.
        if (Refusal() is { } refusal)
            return WhenDurable<Result<RunFact>>(refusal);
        var now = CatchUp();
        var unfunded = State.Funding.UnfundedGpus;
        var (answer, hasClosed) = ledger.Record(Scheduler.Admit(demand, now), demand.Run);
        // A start takes room from others, unless work was cut for it or its claims made work of its family unfunded,
        // which yields to those who wait. A reservation is served last, unless another was made at the same instant.
        var isServedEarlier = answer!.Kind == RunFactKind.Reserved && !State.Queue.IsLastReserved(demand.Run);
        // Where payers pay in certain places only, it may also send those who wait to payers of other places, where
        // they fit.
        var mayMoveOthers = answer.Kind != RunFactKind.Queued && State.Funding.HasSelectors;
        if (hasClosed || isServedEarlier || mayMoveOthers || State.Funding.UnfundedGpus > unfunded)
            DrainQueue(now);
        return WhenDurable<Result<RunFact>>(answer);
    }

    /// <inheritdoc/>
    public ValueTask<Result<bool>> CanAdmit() =>
        WhenDurable<Result<bool>>(Refusal() is { } refusal ? refusal : true);

    /// <inheritdoc/>
    public ValueTask<RunFact?> Close(RunKey run, LeaseEndReason reason)
    {
        var isRunning = State.Running.ContainsKey(run);
        if (!isRunning && State.Queue.Find(run) is null)
            return FencedAnswer(ledger.Closed.Find(run));
        if (!isRunning && reason != LeaseEndReason.Cancelled)
            return FencedAnswer<RunFact?>(null);
        var now = CatchUp();
        var entry = isRunning ? new LedgerEntry { Sequence = State.Sequence + 1, Previous = State.Head, At = now,
            Close = [new Closing(run, reason)] } : new LedgerEntry { At = now, Leave = new Departure(run, reason) };
        var (answer, _) = ledger.Record(entry, run);
        DrainQueue(now);
        return WhenDurable(answer);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs)
    {
        List<RunFact> facts = [];
        foreach (var run in runs)
        {
            if (!State.Running.ContainsKey(run) && State.Queue.Find(run) is null && ledger.Closed.Find(run) is { } fact)
                facts.Add(fact);
        }
        return WhenDurable<IReadOnlyList<RunFact>>(facts);
    }

    /// <inheritdoc/>
    public ValueTask<bool> Amend(Demand demand)
    {
        if (State.Queue.Find(demand.Run) is not { } waiting)
            return FencedAnswer(false);
        var now = CatchUp();
        ledger.Record(new LedgerEntry { At = now, Queue = demand with { SubmittedAt = waiting.Demand.SubmittedAt,
            AdmittedAt = waiting.Demand.AdmittedAt } }, null);
        DrainQueue(now);
        return WhenDurable(true);
    }

    /// <inheritdoc/>
    public ValueTask<Result<NodeChanges>> PutNodes(IReadOnlyList<Node> nodes)
    {
        var put = nodes.Select(WithStateHere).ToArray();
        foreach (var node in put)
        {
            if (NodeProblem(node) is { } problem)
                return WhenDurable<Result<NodeChanges>>(problem);
        }
        var keepingState = put.Where((node, i) => node.State != nodes[i].State).ToArray();
        var changed = put.Where(node => State.Fleet.Find(node.Name) is not { } old || !IsSame(old, node)).ToArray();
        if (changed.Length == 0)
            return WhenDurable<Result<NodeChanges>>(new NodeChanges([], keepingState));
        var now = CatchUp();
        // A journal bounds its records: a large fleet that is registered at once takes several entries.
        foreach (var nodesOfEntry in changed.Chunk(NodesPerEntryMax))
            ledger.Record(new LedgerEntry { At = now, Nodes = nodesOfEntry }, null);
        DrainQueue(now);
        return WhenDurable<Result<NodeChanges>>(
            new NodeChanges([.. changed.Select(node => node.Name)], keepingState));
    }

    /// <inheritdoc/>
    public ValueTask<Result<bool>> SetNodeState(string node, NodeState to, string by, string? reason)
    {
        if (State.Fleet.Find(node) is not { } present)
            return WhenDurable<Result<bool>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node} of flavor {flavor}."));
        if (present.State == to)
            return WhenDurable<Result<bool>>(false);
        if (to == NodeState.Fenced && State.Fleet.UsedSlots(node) != 0)
            return WhenDurable<Result<bool>>(new Problem(ProblemCode.Conflict,
                $"Node {node} has open leases; cancel or complete their runs before it is fenced."));
        var now = CatchUp();
        var changed = present with { State = to, StateSet = new NodeStateChange(by, now, reason) };
        ledger.Record(new LedgerEntry { At = now, Nodes = [changed] }, null);
        DrainQueue(now);
        return WhenDurable<Result<bool>>(true);
    }

    /// <inheritdoc/>
    public ValueTask<Result<bool>> RemoveNode(string node)
    {
        if (State.Fleet.Find(node) is null)
            return WhenDurable<Result<bool>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node} of flavor {flavor}."));
        if (State.Fleet.UsedSlots(node) != 0)
            return WhenDurable<Result<bool>>(
                new Problem(ProblemCode.Conflict,
                $"Node {node} has open leases; cordon it and wait for them to end, or cancel their runs."));
        ledger.Record(new LedgerEntry { At = CatchUp(), NodesRemoved = [node] }, null);
        return WhenDurable<Result<bool>>(true);
    }

    /// <inheritdoc/>
    public ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove)
    {
        var known = State.Funding.Budgets.ToDictionary(budget => budget.Key);
        var changed = put.Where(budget => !known.TryGetValue(budget.Key, out var old) || !IsSame(old, budget))
            .ToArray();
        var gone = remove.Where(known.ContainsKey).ToArray();
        if (changed.Length == 0 && gone.Length == 0)
            return new ValueTask(ledger.Durable);
        var now = CatchUp();
        ledger.Record(new LedgerEntry { At = now, Budgets = changed.Length > 0 ? changed : null,
            BudgetsRemoved = gone.Length > 0 ? gone : null }, null);
        DrainQueue(now);
        return new ValueTask(ledger.Durable);
    }

    /// <inheritdoc/>
    public ValueTask Tick()
    {
        DrainQueue(CatchUp());
        return new ValueTask(ledger.Durable);
    }

    /// <summary>
    /// The next facts to deliver, all of them durable; they stay in the outbox until <see cref="Delivered"/>. May be
    /// called beside a turn.
    /// </summary>
    /// <param name="max">The most ledger entries to take facts from.</param>
    public async ValueTask<OutboxBatch> Undelivered(int max)
    {
        // The batch is taken first: what is durable after it includes it.
        var batch = ledger.Outbox.Peek(max);
        await ledger.Durable;
        return batch;
    }

    /// <summary>Says that facts up to an entry have reached their receivers. May be called beside a turn.</summary>
    /// <param name="sequence">The number of the last entry whose facts were delivered.</param>
    public void Delivered(long sequence)
    {
        ledger.Outbox.Drop(sequence);
        // After a restart, whoever was set aside hears everything since what it has not taken.
        journal.MarkDelivered(ledger.Outbox.HeardUpTo(sequence));
    }

    /// <inheritdoc/>
    public ValueTask<FlavorView> View() => ValueTask.FromResult(FlavorReport.View(State, Now()) with
    {
        SetAside = ledger.Outbox.SetAside is { Count: > 0 } receivers
            ? [.. receivers.Select(receiver => receiver.ToActor().ToString())] : null,
    });

    /// <inheritdoc/>
    public ValueTask<RunPosition?> Position(RunKey run) =>
        ValueTask.FromResult(FlavorReport.Position(State, Scheduler, run, Now()));

    /// <inheritdoc/>
    public ValueTask<Plan> Plan(Demand demand) => ValueTask.FromResult(Explainer.Plan(State, Scheduler, demand, Now()));

    /// <inheritdoc/>
    public ValueTask<Explanation?> Explain(RunKey run) =>
        ValueTask.FromResult(Explainer.Explain(State, Scheduler, run, Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeView>> Nodes() => ValueTask.FromResult(FlavorReport.Nodes(State));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded) =>
        ValueTask.FromResult(FlavorReport.Leases(State, includeEnded ? ledger.Ended.All : []));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReservationView>> Reservations() =>
        ValueTask.FromResult(FlavorReport.Reservations(State, Scheduler, Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes() => ValueTask.FromResult<IReadOnlyList<EnvelopeRoom>>(
        [.. State.Funding.Envelopes.Select(envelope =>
        {
            var (gpus, spares) = State.Funding.UseOf(envelope.Key);
            return new EnvelopeRoom(
                envelope.Key, envelope.Owner, envelope.Terms, State.Funding.Headroom(envelope.Key), gpus, spares);
        })]);

    /// <inheritdoc/>
    public ValueTask<AuditReport> Audit() => ValueTask.FromResult(new AuditReport(
        State.Sequence, State.NextLease - 1, new Dictionary<string, string> { [flavor] = HashChain.ToHex(State.Head) },
            StateAudit.Check(State)));

    /// <summary>Takes in an entry of the ledger, at recovery. What follows from it is told again.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) => ledger.Replay(record);

    /// <summary>Takes over a snapshot, at recovery.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        scheduler = null;
        ledger.Restore(snapshot);
    }

    /// <summary>Takes over a snapshot made elsewhere, such as by a state file.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(FlavorSnapshot snapshot)
    {
        scheduler = null;
        ledger.Restore(snapshot);
    }

    /// <summary>
    /// The state as a snapshot, with what is still to be told. It is taken within a turn, and may be written down
    /// beside later ones.
    /// </summary>
    public FlavorActorSnapshot Snapshot() => new(State.Take(), ledger.Outbox.Export());

    private DateTimeOffset Now() => time.GetUtcNow() is var now && now > State.At ? now : State.At;

    /// <summary>
    /// Records the openings and closings of windows that have passed, each at its own instant, so that what follows is
    /// decided and metered by them.
    /// </summary>
    private DateTimeOffset CatchUp()
    {
        var now = Now();
        while (State.Funding.NextBoundary(State.At) is { } boundary && boundary <= now)
            ledger.Record(new LedgerEntry { At = boundary }, null);
        return now;
    }

    /// <summary>Serves the queue until nothing more can be done now.</summary>
    private void DrainQueue(DateTimeOffset now)
    {
        // Every step starts a run or settles a reservation; the bound only guards against a defect that would undo its
        // own steps for ever.
        for (var steps = 4 * State.Queue.Count + 64; steps > 0 && Scheduler.NextDecision(now) is { } entry; steps--)
            ledger.Record(entry, null);
    }

    /// <summary>An answer that leaves when everything it can rest on is durable.</summary>
    private ValueTask<T> WhenDurable<T>(T answer)
    {
        var durable = ledger.Durable;
        return durable.IsCompletedSuccessfully ? ValueTask.FromResult(answer) : Wait(durable, answer);

        static async ValueTask<T> Wait(Task durable, T answer)
        {
            await durable;
            return answer;
        }
    }

    /// <summary>
    /// An answer on which a run acts although nothing was decided: that it holds nothing here, or waits for nothing. An
    /// activation that another one has followed without its knowledge, on a silo that was paused, would say so of what
    /// it has not seen. So it writes an entry, empty but for its time: the journal takes that only from who is up to
    /// date.
    /// </summary>
    private ValueTask<T> FencedAnswer<T>(T answer)
    {
        ledger.Record(new LedgerEntry { At = CatchUp() }, null);
        return WhenDurable(answer);
    }

    /// <summary>Why a run that is not known yet is refused; null: it is not.</summary>
    private Problem? Refusal() => State.Queue.Count < options.QueueMax ? null : new Problem(
        ProblemCode.LimitReached, $"{options.QueueMax} runs wait for {flavor} already; submit again later.");

    /// <summary>Where a run stands that the flavor knows already, as the fact that it would have been told.</summary>
    private RunFact? ExistingDecision(RunKey run)
    {
        if (State.Running.TryGetValue(run, out var running))
            return new RunFact { Sequence = State.Sequence, Flavor = flavor, Run = run, At = running.StartedAt,
                Kind = RunFactKind.Started, Attempt = running.Demand.Attempt, Gpus = running.Gpus(),
                Leases = running.Leases };
        return State.Queue.Find(run) is { } waiting
            ? new RunFact { Sequence = State.Sequence, Flavor = flavor, Run = run, At = waiting.Since,
                Kind = waiting.Reservation is null ? RunFactKind.Queued : RunFactKind.Reserved }
            : null;
    }

    /// <summary>A node of a manifest with the state that it has here; a new one has what the manifest states.</summary>
    private Node WithStateHere(Node node) => State.Fleet.Find(node.Name) is { } present
        ? node with { State = present.State, StateSet = present.StateSet }
        : node;

    private Problem? NodeProblem(Node node)
    {
        if (State.Fleet.Find(node.Name) is not { } old || State.Fleet.UsedSlots(node.Name) == 0)
            return null;
        return old.Gpus != node.Gpus || !old.Labels.OrderBy(label => label.Key).SequenceEqual(
            node.Labels.OrderBy(label => label.Key))
            ? new Problem(ProblemCode.Conflict,
                $"Node {node.Name} has open leases; its GPUs and labels can be changed when they have ended.")
            : null;
    }

    private static bool IsSame(Node left, Node right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Node).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Node));

    private static bool IsSame(Budget left, Budget right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Budget).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Budget));
}

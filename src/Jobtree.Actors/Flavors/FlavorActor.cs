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
    private const int RecordBytesUsual = 1024;
    private const int NodesPerEntryMax = 2048;

    private readonly FlavorEffects effects = new();
    private readonly FlavorOutbox outbox = new(flavor);
    private readonly EndedLeases ended = new();
    private readonly ClosedRuns closed = new();
    private FlavorState state = new(flavor);
    private Scheduler? scheduler;
    private SharedText? texts;
    private Task durable = Task.CompletedTask;

    /// <summary>Whether something waits to be told.</summary>
    public bool HasUndelivered => !outbox.IsEmpty;

    /// <summary>
    /// Whether that should be told at once: it concerns runs, or much has gathered. Envelopes only meter what they are
    /// told.
    /// </summary>
    public bool HasUrgent => outbox.IsUrgent;

    /// <summary>When <see cref="Tick"/> is next due; null: not before something happens.</summary>
    public DateTimeOffset? NextWake => Scheduler.NextWake(state.At);

    /// <summary>The state, for hosts that export it.</summary>
    public FlavorState State => state;

    /// <summary>
    /// Done when everything decided up to now is durable. It fails as <see cref="IJournal.Append"/> does, and then so does
    /// everything after.
    /// </summary>
    public Task Durable => durable;

    private Scheduler Scheduler => scheduler ??= new Scheduler(state, options);

    /// <inheritdoc/>
    public ValueTask<Result<RunFact>> Admit(Demand demand)
    {
        if (ExistingDecision(demand.Run) is { } known)
            return WhenDurable<Result<RunFact>>(known);
        if (state.Queue.Count >= options.QueueMax)
            return FencedAnswer<Result<RunFact>>(new Problem(
                ProblemCode.LimitReached, $"{options.QueueMax} runs wait for {flavor} already; submit again later."));
        var now = CatchUp();
        var unfunded = state.Funding.UnfundedGpus;
        var (told, hasClosed) = Record(Scheduler.Admit(demand, now), demand.Run);
        // A start takes room from others, unless work was cut for it or its claims made work of its family unfunded,
        // which yields to those who wait. A reservation is served last, unless another was made at the same instant.
        var isServedEarlier = told!.Kind == RunFactKind.Reserved && !state.Queue.IsLastReserved(demand.Run);
        // Where payers pay in certain places only, it may also send those who wait to payers of other places, where
        // they fit.
        var mayMoveOthers = told.Kind != RunFactKind.Queued && state.Funding.HasSelectors;
        if (hasClosed || isServedEarlier || mayMoveOthers || state.Funding.UnfundedGpus > unfunded)
            DrainQueue(now);
        return WhenDurable<Result<RunFact>>(told);
    }

    /// <inheritdoc/>
    public ValueTask<RunFact?> Close(RunKey run, LeaseEndReason reason)
    {
        var isRunning = state.Running.ContainsKey(run);
        if (!isRunning && state.Queue.Find(run) is null)
            return FencedAnswer(closed.Find(run));
        if (!isRunning && reason != LeaseEndReason.Cancelled)
            return FencedAnswer<RunFact?>(null);
        var now = CatchUp();
        var entry = isRunning ? new LedgerEntry { Sequence = state.Sequence + 1, Previous = state.Head, At = now,
            Close = [new Closing(run, reason)] } : new LedgerEntry { At = now, Leave = new Departure(run, reason) };
        var (told, _) = Record(entry, run);
        DrainQueue(now);
        return WhenDurable(told);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs)
    {
        List<RunFact> facts = [];
        foreach (var run in runs)
        {
            if (!state.Running.ContainsKey(run) && state.Queue.Find(run) is null && closed.Find(run) is { } fact)
                facts.Add(fact);
        }
        return WhenDurable<IReadOnlyList<RunFact>>(facts);
    }

    /// <inheritdoc/>
    public ValueTask<bool> Amend(Demand demand)
    {
        if (state.Queue.Find(demand.Run) is not { } waiting)
            return FencedAnswer(false);
        var now = CatchUp();
        Record(new LedgerEntry { At = now, Queue = demand with { SubmittedAt = waiting.Demand.SubmittedAt,
            AdmittedAt = waiting.Demand.AdmittedAt } }, null);
        DrainQueue(now);
        return WhenDurable(true);
    }

    /// <inheritdoc/>
    public ValueTask<Result<IReadOnlyList<string>>> PutNodes(IReadOnlyList<Node> nodes)
    {
        foreach (var node in nodes)
        {
            if (NodeProblem(node) is { } problem)
                return WhenDurable<Result<IReadOnlyList<string>>>(problem);
        }
        var changed = nodes.Where(node => state.Fleet.Find(node.Name) is not { } old || !IsSame(old, node)).ToArray();
        if (changed.Length == 0)
            return WhenDurable(Results.Of<IReadOnlyList<string>>([]));
        var now = CatchUp();
        // A journal bounds its records: a large fleet that is registered at once takes several entries.
        foreach (var nodesOfEntry in changed.Chunk(NodesPerEntryMax))
            Record(new LedgerEntry { At = now, Nodes = nodesOfEntry }, null);
        DrainQueue(now);
        return WhenDurable(Results.Of<IReadOnlyList<string>>([.. changed.Select(node => node.Name)]));
    }

    /// <inheritdoc/>
    public ValueTask<Result<bool>> RemoveNode(string node)
    {
        if (state.Fleet.Find(node) is null)
            return WhenDurable<Result<bool>>(
                new Problem(ProblemCode.NotFound, $"There is no node {node} of flavor {flavor}."));
        if (state.Fleet.UsedSlots(node) != 0)
            return WhenDurable<Result<bool>>(
                new Problem(ProblemCode.Conflict,
                $"Node {node} has open leases; cordon it and wait for them to end, or cancel their runs."));
        Record(new LedgerEntry { At = CatchUp(), NodesRemoved = [node] }, null);
        return WhenDurable<Result<bool>>(true);
    }

    /// <inheritdoc/>
    public ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove)
    {
        var known = state.Funding.Budgets.ToDictionary(budget => budget.Name);
        var changed = put.Where(budget => !known.TryGetValue(budget.Name, out var old) || !IsSame(old, budget))
            .ToArray();
        var gone = remove.Where(known.ContainsKey).ToArray();
        if (changed.Length == 0 && gone.Length == 0)
            return new ValueTask(durable);
        var now = CatchUp();
        Record(new LedgerEntry { At = now, Budgets = changed.Length > 0 ? changed : null,
            BudgetsRemoved = gone.Length > 0 ? gone : null }, null);
        DrainQueue(now);
        return new ValueTask(durable);
    }

    /// <inheritdoc/>
    public ValueTask Tick()
    {
        DrainQueue(CatchUp());
        return new ValueTask(durable);
    }

    /// <summary>
    /// The next facts to deliver, all of them durable; they stay in the outbox until <see cref="Delivered"/>. May be
    /// called beside a turn.
    /// </summary>
    /// <param name="max">The most ledger entries to take facts from.</param>
    public async ValueTask<OutboxBatch> Undelivered(int max)
    {
        // The batch is taken first: what is durable after it includes it.
        var batch = outbox.Peek(max);
        await Volatile.Read(ref durable);
        return batch;
    }

    /// <summary>Says that facts up to an entry have reached their receivers. May be called beside a turn.</summary>
    /// <param name="sequence">The number of the last entry whose facts were delivered.</param>
    public void Delivered(long sequence)
    {
        outbox.Drop(sequence);
        journal.MarkDelivered(sequence);
    }

    /// <inheritdoc/>
    public ValueTask<FlavorView> View() => ValueTask.FromResult(FlavorReport.View(state, Now()));

    /// <inheritdoc/>
    public ValueTask<RunPosition?> Position(RunKey run) =>
        ValueTask.FromResult(FlavorReport.Position(state, run, Now()));

    /// <inheritdoc/>
    public ValueTask<Plan> Plan(Demand demand) => ValueTask.FromResult(Explainer.Plan(state, Scheduler, demand, Now()));

    /// <inheritdoc/>
    public ValueTask<Explanation?> Explain(RunKey run) =>
        ValueTask.FromResult(Explainer.Explain(state, Scheduler, run, Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeView>> Nodes() => ValueTask.FromResult(FlavorReport.Nodes(state));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded) =>
        ValueTask.FromResult(FlavorReport.Leases(state, includeEnded ? ended.All : []));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReservationView>> Reservations() =>
        ValueTask.FromResult(FlavorReport.Reservations(state, Scheduler, Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes() => ValueTask.FromResult<IReadOnlyList<EnvelopeRoom>>(
        [.. state.Funding.Envelopes.Select(envelope =>
        {
            var (gpus, spares) = state.Funding.UseOf(envelope.Key);
            return new EnvelopeRoom(
                envelope.Key, envelope.Owner, envelope.Terms, state.Funding.Headroom(envelope.Key), gpus, spares);
        })]);

    /// <inheritdoc/>
    public ValueTask<AuditReport> Audit() => ValueTask.FromResult(new AuditReport(
        state.Sequence, state.NextLease - 1, new Dictionary<string, string> { [flavor] = HashChain.ToHex(state.Head) },
            StateAudit.Check(state)));

    /// <summary>Takes in an entry of the ledger, at recovery. What follows from it is told again.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record)
    {
        var entry = LedgerFormat.Read(record, texts ??= new SharedText(), state.Head);
        ended.Watch(state, entry);
        state.Apply(entry, HashChain.Link(record), effects);
        closed.Watch(effects);
        outbox.Add(entry.Sequence, effects, null);
    }

    /// <summary>Takes over a snapshot, at recovery.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        var saved = FlavorJson.Read(snapshot, texts ??= new SharedText());
        Restore(saved.State);
        outbox.Import(saved.Undelivered);
    }

    /// <summary>Takes over a snapshot made elsewhere, such as by a state file.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(FlavorSnapshot snapshot)
    {
        Begin();
        state.Restore(snapshot);
    }

    /// <summary>
    /// The state as a snapshot, with what is still to be told. It is taken within a turn, and may be written down
    /// beside later ones.
    /// </summary>
    public FlavorActorSnapshot Snapshot() => new(state.Take(), outbox.Export());

    private void Begin()
    {
        state = new FlavorState(flavor);
        scheduler = null;
    }

    private DateTimeOffset Now() => time.GetUtcNow() is var now && now > state.At ? now : state.At;

    /// <summary>
    /// Records the openings and closings of windows that have passed, each at its own instant, so that what follows is
    /// decided and metered by them.
    /// </summary>
    private DateTimeOffset CatchUp()
    {
        var now = Now();
        while (state.Funding.NextBoundary(state.At) is { } boundary && boundary <= now)
            Record(new LedgerEntry { At = boundary }, null);
        return now;
    }

    /// <summary>Serves the queue until nothing more can be done now.</summary>
    private void DrainQueue(DateTimeOffset now)
    {
        // Every step starts a run or settles a reservation; the bound only guards against a defect that would undo its
        // own steps for ever.
        for (var steps = 4 * state.Queue.Count + 64; steps > 0 && Scheduler.Next(now) is { } entry; steps--)
            Record(entry, null);
    }

    private (RunFact? Told, bool Closed) Record(LedgerEntry proposal, RunKey? told)
    {
        // What the scheduler starts or an end closes is numbered already; the record is large enough to save the copy.
        var entry = proposal.Sequence > 0 ? proposal
            : proposal with { Sequence = state.Sequence + 1, Previous = state.Head };
        var link = Append(entry);
        ended.Watch(state, entry);
        state.Apply(entry, link, effects);
        closed.Watch(effects);
        var fact = told is { } run ? effects.About(run) : null;
        outbox.Add(entry.Sequence, effects, told);
        return (fact, entry.Close is not null);
    }

    /// <summary>Hands an entry to the journal, and gives its link.</summary>
    private string Append(LedgerEntry entry)
    {
        var writer = new RecordWriter(stackalloc byte[RecordBytesUsual]);
        try
        {
            LedgerFormat.Write(ref writer, entry);
            durable = journal.Append(entry.Sequence, writer.Written);
            return HashChain.Link(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>An answer that leaves when everything it can rest on is durable.</summary>
    private ValueTask<T> WhenDurable<T>(T answer)
    {
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
        Record(new LedgerEntry { At = CatchUp() }, null);
        return WhenDurable(answer);
    }

    /// <summary>Where a run stands that the flavor knows already, as the fact that it would have been told.</summary>
    private RunFact? ExistingDecision(RunKey run)
    {
        if (state.Running.TryGetValue(run, out var running))
            return new RunFact { Sequence = state.Sequence, Flavor = flavor, Run = run, At = running.StartedAt,
                Kind = RunFactKind.Started, Attempt = running.Demand.Attempt, Gpus = running.Gpus(),
                Leases = running.Leases };
        return state.Queue.Find(run) is { } waiting
            ? new RunFact { Sequence = state.Sequence, Flavor = flavor, Run = run, At = waiting.Since,
                Kind = waiting.Reservation is null ? RunFactKind.Queued : RunFactKind.Reserved }
            : null;
    }

    private Problem? NodeProblem(Node node)
    {
        if (state.Fleet.Find(node.Name) is not { } old || state.Fleet.UsedSlots(node.Name) == 0)
            return null;
        if (node.State == NodeState.Fenced)
            return new Problem(ProblemCode.Conflict,
                $"Node {node.Name} has open leases; cancel or complete their runs before it is fenced.");
        return old.Gpus != node.Gpus || !old.Labels.OrderBy(label => label.Key).SequenceEqual(
            node.Labels.OrderBy(label => label.Key))
            ? new Problem(ProblemCode.Conflict,
                $"Node {node.Name} has open leases; its GPUs and labels can be changed when they have ended. Its state can be changed now.")
            : null;
    }

    private static bool IsSame(Node left, Node right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Node).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Node));

    private static bool IsSame(Budget left, Budget right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Budget).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Budget));
}

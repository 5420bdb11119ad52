using System.Text.Json;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// A flavor. <see cref="Scheduler"/> proposes each decision. The flavor appends it to the journal, which is the ledger,
/// applies it, and delivers it once it is durable. The next decision does not wait for that, because entries that build
/// on each other are in the same journal in order. So a flavor decides within one turn, and a slow journal delays its
/// answers but not its pace.
/// </summary>
/// <param name="flavor">The flavor's name.</param>
/// <param name="journal">The flavor's journal.</param>
/// <param name="time">The clock.</param>
/// <param name="options">The scheduler's limits and times.</param>
/// <param name="setAsideMax">The most facts held for an envelope that takes none. Beyond that they are dropped, and
/// it gets all its claims when it takes facts again.</param>
public sealed class FlavorActor(string flavor, IJournal journal, TimeProvider time, SchedulerOptions options,
    int setAsideMax = FlavorActor.SetAsideMaxDefault) : IFlavor
{
    /// <summary>The most facts held for an envelope that takes none: about 2 MB.</summary>
    public const int SetAsideMaxDefault = FlavorOutbox.SetAsideMaxDefault;

    private readonly FlavorTurns turns = new(
        flavor, new FlavorLedger(flavor, journal, setAsideMax), time, options);

    /// <summary>Is told what this flavor decides; absent: nobody is.</summary>
    public IFleetObserver? Observer { init => turns.Observer = value; }

    /// <summary>Whether the outbox holds undelivered facts.</summary>
    public bool HasUndelivered => !Ledger.Outbox.IsEmpty;

    /// <summary>
    /// Whether undelivered facts are urgent: some concern runs, or many have accumulated. Envelopes only meter their
    /// facts, so those can wait.
    /// </summary>
    public bool HasUrgent => Ledger.Outbox.IsUrgent;

    /// <summary>Whether a receiver is set aside and must be retried.</summary>
    public bool HasSetAside => Ledger.Outbox.HasSetAside;

    internal FlavorOutbox Outbox => Ledger.Outbox;

    /// <summary>Changes entries before they are recorded: only the fault simulator, which breaks rules to show that
    /// this would be seen.</summary>
    internal Func<FlavorState, LedgerEntry, LedgerEntry>? Distort { init => Ledger.Distort = value; }

    /// <summary>When <see cref="Tick"/> is next due; null if nothing is scheduled.</summary>
    public DateTimeOffset? NextWake => Scheduler.NextWake(State.At);

    /// <summary>The state, for hosts that export it.</summary>
    public FlavorState State => Ledger.State;

    /// <summary>
    /// Completes when every decision up to now is durable. Fails as <see cref="IJournal.Append"/> does; every later
    /// task then fails too.
    /// </summary>
    public Task Durable => Ledger.Durable;

    /// <summary>
    /// Whether the journal holds an entry that could not be applied. Every answer then fails, the activation must end,
    /// and its state must not be saved.
    /// </summary>
    public bool HasDiverged => Ledger.HasDiverged;

    private FlavorLedger Ledger => turns.Ledger;

    private Scheduler Scheduler => turns.Scheduler;

    /// <inheritdoc/>
    public ValueTask<Result<RunFact>> Admit(Demand demand, string? by = null)
    {
        var began = turns.Reports.Begin();
        EndEarlierThan(demand, by);
        // The request may have been under way, or its sender paused, while the run was admitted and ended otherwise.
        if ((ExistingDecision(demand.Run) ?? Ledger.Closed.FindEndOf(demand)) is { } existing)
            return turns.WhenDurable<Result<RunFact>>(existing);
        // A refusal writes no entry, so that retries against a full queue do not fill the Ledger. It needs no fence: a
        // superseded activation holds nothing for a first request, and a repeated request is checked with Close.
        if (Refusal() is { } refusal)
        {
            turns.Reports.Refused(began);
            return turns.WhenDurable<Result<RunFact>>(refusal);
        }
        var now = turns.CatchUp();
        var (unfunded, openings, releases) =
            (State.Funding.UnfundedGpus, State.Fleet.Openings, State.Funding.Releases);
        var entry = Scheduler.Admit(demand, now);
        var answer = Ledger.Record(by is null ? entry : entry with { By = by }, demand.Run);
        turns.Reports.Admitted(demand, entry, State, began);
        // A start only takes capacity, unless it cut other work in whole or in part, or has spares whose slots unfunded
        // work may fill, or is reclaimable, or its claims displaced others: these are reclaimable, and may leave room
        // where they were funded. A new reservation comes last in the queue, unless another one was made at the same
        // instant.
        var isServedEarlier = answer!.Kind == RunFactKind.Reserved && !State.Queue.IsLastReserved(demand.Run);
        // If payers pay only for selected places, the decision may also move waiting runs to payers of other places
        // where they fit. Those that lose their funding to a start may fill the slots of spares, and idle slices.
        var mayFill = answer.Kind == RunFactKind.Started
            && (State.Fleet.Marginal > 0 || (State.Fleet.Free > 0 && State.Queue.Reserved > 0));
        var mayMoveOthers = mayFill || (State.Funding.HasSelectors && answer.Kind != RunFactKind.Queued);
        var hasReleased = State.Fleet.Openings != openings || State.Funding.Releases != releases;
        if (hasReleased || isServedEarlier || mayMoveOthers || State.Funding.UnfundedGpus > unfunded)
            turns.DrainQueue(now);
        return turns.WhenDurable<Result<RunFact>>(answer);
    }

    /// <inheritdoc/>
    public ValueTask<Result<bool>> CanAdmit() =>
        turns.WhenDurable<Result<bool>>(Refusal() is { } refusal ? refusal : true);

    /// <inheritdoc/>
    public ValueTask<RunFact?> Close(
        RunKey run, LeaseEndReason reason, AttemptKey? only = null, string? by = null)
    {
        var isRunning = State.Running.TryGetValue(run, out var running);
        var present = isRunning ? running!.Demand : State.Queue.Find(run)?.Demand;
        if (present is null || only?.IsOf(present) == false)
            return turns.FencedAnswer(Ledger.Closed.Find(run, only));
        if (!isRunning && reason != LeaseEndReason.Cancelled)
            return turns.FencedAnswer<RunFact?>(null);
        var now = turns.CatchUp();
        var answer = Ledger.Record(EndOf(run, isRunning, reason, now, by), run);
        turns.DrainQueue(now);
        return turns.WhenDurable(answer);
    }

    /// <inheritdoc/>
    public ValueTask<RunFact> Withdraw(RunKey run, DateTimeOffset submittedAt, string? by)
    {
        if (State.Running.TryGetValue(run, out var running) && running.Demand.SubmittedAt == submittedAt)
            return turns.WhenDurable(ExistingDecision(run)!);
        var waits = State.Queue.Find(run)?.Demand.SubmittedAt == submittedAt;
        var submission = new AttemptKey(submittedAt);
        // It may have started and ended before the hold came.
        if (!waits && Ledger.Closed.Find(run, submission) is { } ended)
            return turns.FencedAnswer(ended);
        var now = turns.CatchUp();
        // An entry is written even if the run does not wait here, for the reason given at turns.FencedAnswer.
        var answer = Ledger.Record(waits ? new LedgerEntry { At = now, By = by,
            Leave = new Departure(run, LeaseEndReason.Cancelled, Held: true) } : new LedgerEntry { At = now }, run);
        if (waits)
            turns.DrainQueue(now);
        // It may have left before, and the answer was lost that told what it takes along.
        var earlier = Ledger.Withdrawn.Find(run, submission);
        return turns.WhenDurable(answer ?? new RunFact { Sequence = State.Sequence, Flavor = flavor, Run = run,
            At = now, Kind = RunFactKind.Withdrawn, Attempt = earlier?.Attempt ?? 0, Place = earlier?.Place });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs)
    {
        List<RunFact> facts = [];
        foreach (var run in runs)
        {
            if (!State.Running.ContainsKey(run) && State.Queue.Find(run) is null && Ledger.Closed.Find(run) is { } fact)
                facts.Add(fact);
        }
        return turns.WhenDurable<IReadOnlyList<RunFact>>(facts);
    }

    /// <inheritdoc/>
    public ValueTask<bool> Amend(Demand demand, string? by = null)
    {
        if (State.Queue.Find(demand.Run) is not { } waiting)
            return turns.FencedAnswer(false);
        var now = turns.CatchUp();
        // The run may not have heard of its last attempts yet.
        Ledger.Record(new LedgerEntry { At = now, Queue = demand with { SubmittedAt = waiting.Demand.SubmittedAt,
            AdmittedAt = waiting.Demand.AdmittedAt, Attempt = waiting.Demand.Attempt,
            EarlyCuts = waiting.Demand.EarlyCuts }, By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> Resize(Demand demand, string? by = null)
    {
        if (State.Queue.Find(demand.Run) is { } waiting)
            return waiting.Demand.WantedGpus() == demand.WantedGpus() ? turns.WhenDurable(true) : Amend(demand, by);
        if (!State.Running.TryGetValue(demand.Run, out var running))
            return turns.FencedAnswer(false);
        var isNew = running.Demand.WantedGpus() != demand.WantedGpus();
        // An attempt of another submission has terms of its own.
        if (!isNew || running.Demand.SubmittedAt != demand.SubmittedAt)
            return turns.WhenDurable(!isNew);
        var now = turns.CatchUp();
        Ledger.Record(Elasticity.SetWidth(State, running, demand.WantedGpus(), now) with { By = by }, null);
        turns.DrainQueue(now);
        return turns.WhenDurable(true);
    }

    /// <inheritdoc/>
    public ValueTask<Result<NodeChanges>> PutNodes(IReadOnlyList<Node> nodes, string? by = null) =>
        FlavorNodes.Put(turns, nodes, by);

    /// <inheritdoc/>
    public ValueTask<Problem?> FindNodeConflict(IReadOnlyList<Node> nodes) => FlavorNodes.FindConflict(turns, nodes);

    /// <inheritdoc/>
    public ValueTask<Result<bool>> SetNodeState(
        string node, NodeState to, string by, string? reason, DateTimeOffset? emptyBy = null) =>
        FlavorNodes.SetState(turns, node, to, by, reason, emptyBy);

    /// <inheritdoc/>
    public ValueTask<Result<bool>> RemoveNode(string node, string? by = null) => FlavorNodes.Remove(turns, node, by);

    /// <inheritdoc/>
    public ValueTask<bool> SettleLoss(string? by = null) => FlavorNodes.SettleLoss(turns, by);

    /// <inheritdoc/>
    public ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove, string? by = null)
    {
        var known = State.Funding.Budgets.ToDictionary(budget => budget.Key);
        var changed = put.Where(budget => !known.TryGetValue(budget.Key, out var old) || !IsSame(old, budget))
            .ToArray();
        var gone = remove.Where(known.ContainsKey).ToArray();
        if (changed.Length == 0 && gone.Length == 0)
            return new ValueTask(Ledger.Durable);
        var now = turns.CatchUp();
        Ledger.Record(new LedgerEntry { At = now, Budgets = changed.Length > 0 ? changed : null,
            BudgetsRemoved = gone.Length > 0 ? gone : null, By = by }, null);
        turns.AssignPayers(now);
        turns.DrainQueue(now);
        return new ValueTask(Ledger.Durable);
    }

    /// <inheritdoc/>
    public ValueTask Tick()
    {
        turns.DrainQueue(turns.CatchUp());
        return new ValueTask(Ledger.Durable);
    }

    /// <summary>
    /// The next facts to deliver, all of them durable. They stay in the outbox until <see cref="Delivered"/>. May be
    /// called outside a turn.
    /// </summary>
    /// <param name="max">The approximate number of facts.</param>
    public async ValueTask<OutboxBatch> Undelivered(int max)
    {
        // Takes the batch first, so that the wait for durability covers it.
        var batch = Ledger.Outbox.Peek(max);
        await Ledger.Durable;
        return batch;
    }

    /// <summary>Acknowledges delivery of all facts up to an entry. May be called outside a turn.</summary>
    /// <param name="sequence">The number of the last entry whose facts were delivered.</param>
    public void Delivered(long sequence)
    {
        Ledger.Outbox.Drop(sequence);
        // After a restart, a receiver that is set aside gets every fact from its first undelivered one on.
        journal.MarkDelivered(Ledger.Outbox.HeardUpTo(sequence));
    }

    /// <summary>
    /// All claims on an envelope that is behind, as one message that is durable; null if the receiver is not behind.
    /// Facts after it are held again; call <see cref="EndCatchUp"/> when it was sent.
    /// </summary>
    internal async ValueTask<OutboxBatch?> BeginCatchUp(OutboxReceiver receiver)
    {
        if (receiver.Envelope is not { } envelope || !Ledger.Outbox.IsBehind(receiver))
            return null;
        Ledger.Outbox.BeginCatchUp(receiver);
        var (sequence, at) = (State.Sequence, State.At);
        List<ClaimChange> claims = [.. State.Funding.ClaimsOn(envelope, at).Select(claim => new ClaimChange(
            sequence, claim.Lease, claim.Run, claim.Gpus, claim.Spare, claim.Class, at))];
        // A message without a change carries no number: lease 0 does not exist, so its end changes nothing.
        if (claims.Count == 0)
            claims.Add(new ClaimChange(sequence, 0, FundingChange.NoRun, 0, false, null, at));
        await Ledger.Durable;
        return new OutboxBatch(sequence, [], [(envelope, new EnvelopeFacts(flavor, claims, IsWhole: true))]);
    }

    /// <summary>The next facts to deliver to a receiver that is set aside, all of them durable.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="max">The approximate number of facts.</param>
    internal async ValueTask<OutboxBatch> UndeliveredTo(OutboxReceiver receiver, int max)
    {
        var batch = Ledger.Outbox.PeekSetAside(receiver, max);
        await Ledger.Durable;
        return batch;
    }

    /// <summary>The message of <see cref="BeginCatchUp"/> was taken, or not.</summary>
    internal void EndCatchUp(OutboxReceiver receiver, bool taken) => Ledger.Outbox.EndCatchUp(receiver, taken);

    /// <inheritdoc/>
    public ValueTask<FlavorView> View() => ValueTask.FromResult(FlavorReport.View(State, turns.Now()) with
    {
        OutboxLag = Ledger.Outbox.Oldest is { } oldest && turns.Now() > oldest ? turns.Now() - oldest : TimeSpan.Zero,
        SetAside = Ledger.Outbox.SetAside is { Count: > 0 } receivers
            ? [.. receivers.Select(receiver => receiver.ToActor().ToString())] : null,
    });

    /// <inheritdoc/>
    public ValueTask<RunPosition?> Position(RunKey run) =>
        ValueTask.FromResult(FlavorReport.Position(State, Scheduler, run, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueuedRun>> Queued(IReadOnlyList<RunKey> runs) =>
        ValueTask.FromResult(FlavorReport.Queued(Scheduler, runs, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<Plan> Plan(Demand demand) =>
        ValueTask.FromResult(Explainer.Plan(State, Scheduler, demand, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<Explanation?> Explain(RunKey run) =>
        ValueTask.FromResult(Explainer.Explain(State, Scheduler, run, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeView>> Nodes() => ValueTask.FromResult(FlavorReport.Nodes(State, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded) =>
        ValueTask.FromResult(FlavorReport.Leases(State, includeEnded ? Ledger.Ended.All : []));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReservationView>> Reservations() =>
        ValueTask.FromResult(FlavorReport.Reservations(State, Scheduler, turns.Now()));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes() => ValueTask.FromResult<IReadOnlyList<EnvelopeRoom>>(
        [.. State.Funding.Envelopes.Select(envelope =>
        {
            var (gpus, spares) = State.Funding.UseOf(envelope.Key);
            return new EnvelopeRoom(
                envelope.Key, envelope.Owner, envelope.Terms, State.Funding.Headroom(envelope.Key), gpus, spares,
                State.Funding.Recallable(envelope.Key), State.Queue.Committed.GetValueOrDefault(envelope.Key));
        })]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> Budgets() => ValueTask.FromResult<IReadOnlyList<string>>(
        [.. State.Funding.Budgets.Select(budget => budget.Key)]);

    /// <inheritdoc/>
    public ValueTask<FlavorCopy> Copy() => ValueTask.FromResult(new FlavorCopy(State.Take(), options));

    /// <inheritdoc/>
    public ValueTask<AuditReport> Audit() => ValueTask.FromResult(new AuditReport(
        State.Sequence, State.NextLease - 1, new Dictionary<string, string> { [flavor] = HashChain.ToHex(State.Head) },
            StateAudit.Check(State)));

    /// <summary>
    /// Begins a pass of the continuous check. The caller steps it between the flavor's turns, then calls
    /// <see cref="EndAudit"/>.
    /// </summary>
    public LiveAudit BeginAudit() => Ledger.Audit = new LiveAudit(State);

    /// <summary>Ends a pass of the continuous check.</summary>
    public void EndAudit() => Ledger.Audit = null;

    /// <summary>Whether a run runs or waits here, or ended here recently.</summary>
    /// <param name="run">The run.</param>
    public bool Knows(RunKey run) => State.Running.ContainsKey(run) || State.Queue.Find(run) is not null
        || Ledger.Closed.Find(run) is not null;

    /// <summary>Replays a ledger entry during recovery. Its facts are delivered again.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) => Ledger.Replay(record);

    /// <summary>Restores a snapshot during recovery.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        turns.Forget();
        Ledger.Restore(snapshot);
    }

    /// <summary>Restores a snapshot from elsewhere, such as a state file.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(FlavorSnapshot snapshot)
    {
        turns.Forget();
        Ledger.Restore(snapshot);
    }

    /// <summary>Takes over leases that ended before a restored state, to list them; the latest are kept.</summary>
    /// <param name="ended">The leases, each with its end.</param>
    public void RestoreEnded(IEnumerable<LeaseManifest> ended) => Ledger.Ended.Import(ended);

    /// <summary>
    /// The state and the undelivered facts as a snapshot. Taken within a turn; may be written while later turns run.
    /// </summary>
    public FlavorActorSnapshot Snapshot() => new(
        State.Take(), Ledger.Outbox.Export(), Ledger.Outbox.ExportBehind(), Ledger.Closed.Export(),
        Ledger.Withdrawn.Export());

    /// <summary>Why the flavor refuses a run that it does not know yet; null if it accepts it.</summary>
    private Problem? Refusal() => State.Queue.Count < options.QueueMax ? null : new Problem(
        ProblemCode.LimitReached, $"{options.QueueMax} runs wait for {flavor} already; submit again later.");

    /// <summary>The state of a known run, as the fact that the run would have received.</summary>
    /// <summary>
    /// Ends an earlier submission of a run that is still here. A run ends here before it is submitted again, so this
    /// one was lost by the store, and what its activation had asked for until then came here afterwards. Nobody else
    /// would ever end it.
    /// </summary>
    private void EndEarlierThan(Demand demand, string? by)
    {
        var isRunning = State.Running.TryGetValue(demand.Run, out var running);
        var present = isRunning ? running!.Demand : State.Queue.Find(demand.Run)?.Demand;
        if (present is null || present.SubmittedAt >= demand.SubmittedAt)
            return;
        // The run has nothing to do with it, so it is told nothing.
        Ledger.Record(EndOf(demand.Run, isRunning, LeaseEndReason.Cancelled, turns.CatchUp(), by), demand.Run);
    }

    private LedgerEntry EndOf(RunKey run, bool isRunning, LeaseEndReason reason, DateTimeOffset now, string? by) =>
        isRunning ? new LedgerEntry { Sequence = State.Sequence + 1, Previous = State.Head, At = now,
            Close = [new Closing(run, reason)], By = by }
        : new LedgerEntry { At = now, Leave = new Departure(run, reason), By = by };

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

    private static bool IsSame(Budget left, Budget right) =>
        JsonSerializer.SerializeToUtf8Bytes(left, ModelJson.Default.Budget).AsSpan().SequenceEqual(
            JsonSerializer.SerializeToUtf8Bytes(right, ModelJson.Default.Budget));
}

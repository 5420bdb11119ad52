using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The grain of a flavor. Its turns decide without waiting and interleave only where they await the journal, so many
/// calls are in flight at a time. A reminder reactivates it after its silo died, because windows may open and facts may
/// be undelivered.
/// </summary>
[GrainType("flavor")]
[Reentrant]
internal sealed partial class FlavorGrain(ActorServices services, ILogger<FlavorGrain> logger) : Grain, IFlavorGrain,
    IRemindable
{
    private const string ReminderName = "wake";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    /// <summary>How often delivery to a receiver that was set aside is retried.</summary>
    private static readonly TimeSpan SetAsidePause = TimeSpan.FromSeconds(30);
    /// <summary>When the first pass of the continuous check begins.</summary>
    private static readonly TimeSpan FirstCheck = TimeSpan.FromSeconds(1);
    /// <summary>How many violations an activation logs. Metrics count all.</summary>
    private const int ViolationsLoggedMax = 1_000;
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(30);

    /// <summary>
    /// How long facts that only envelopes meter are held back, so that one message and one record in the envelope's
    /// journal carry many changes. Facts that concern a run are sent at once.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private FlavorActor actor = null!;
    private IActorJournal journal = null!;
    private FlavorCourier courier = null!;
    private Supersession supersession = null!;
    private IGrainTimer alarm = null!;
    private DateTimeOffset? alarmAt;
    private WorkPump delivery = null!;
    private WorkPump saving = null!;
    private WorkPump reminding = null!;
    private WorkPump retrying = null!;
    private bool hasReminder;
    private bool isAnnounced;
    private FlavorCheck check = null!;
    private readonly HashSet<string> broken = [];
    private long saved;

    private ActorKey Key => new(ActorKind.Flavor, this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Orleans 10.4 holds the activation's lock until the first await, and a message sent before that also takes the
        // receiver's lock. Without the yield, a run that activates at the same moment and calls this flavor would wait
        // forever.
        await Task.Yield();
        var flavor = this.GetPrimaryKeyString();
        var recovered = await services.Journals.Read(Key, cancellationToken);
        (actor, journal) = Recover(recovered);
        courier = new FlavorCourier(actor, services.Fleet)
        {
            MayBlameReceiver = () => services.Journals.AwayBecause is null,
            WasSetAside = (receiver, failure) => ReceiverSetAside(failure, receiver, flavor),
        };
        supersession = new Supersession(services, Key, () => actor.State.Sequence);
        if (services.Options.Observer is { } observer)
            actor.State.Lateness.Heard = late => observer.StartedLate(flavor, late);
        actor.Delivered(recovered.DeliveredUpTo);
        MakePumps();
        alarm = this.RegisterGrainTimer(Ring, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan,
            Period = Timeout.InfiniteTimeSpan, Interleave = true });
        AfterTurn();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        foreach (var pump in new[] { delivery, saving, reminding, retrying })
            pump?.Stop();
        if (isAnnounced)
            services.Options.Observer?.Deactivated(this.GetPrimaryKeyString());
        if (saving is null)
            return;
        await saving.Running;
        if (actor.HasDiverged || !journal.WantsState)
            return;
        var state = await State();
        journal.Release(state.Sequence, new StateBytes(state.Bytes));
    }

    public ValueTask<Result<RunFact>> Admit(Demand demand, string? by = null) =>
        Spans.Source.HasListeners() ? AdmitTraced(demand, by) : Turn(actor.Admit(demand, by));

    public ValueTask<RunFact?> Close(
        RunKey run, LeaseEndReason reason, AttemptKey? only = null, string? by = null) =>
        Turn(actor.Close(run, reason, only, by));

    public ValueTask<bool> Amend(Demand demand, string? by = null) => Turn(actor.Amend(demand, by));

    public ValueTask<RunFact> Withdraw(RunKey run, DateTimeOffset submittedAt, string? by) =>
        Turn(actor.Withdraw(run, submittedAt, by));

    public ValueTask<bool> Resize(Demand demand, string? by = null) => Turn(actor.Resize(demand, by));

    public ValueTask<IReadOnlyList<RunFact>> FindClosed(IReadOnlyList<RunKey> runs) =>
        WhenDurable(newest => newest.FindClosed(runs));

    public ValueTask<Result<NodeChanges>> PutNodes(IReadOnlyList<Node> nodes, string? by = null) =>
        Turn(actor.PutNodes(nodes, by));

    public ValueTask<Problem?> FindNodeConflict(IReadOnlyList<Node> nodes) =>
        WhenDurable(newest => newest.FindNodeConflict(nodes));

    public ValueTask<Result<bool>> SetNodeState(
        string node, NodeState to, string by, string? reason, DateTimeOffset? emptyBy = null) =>
        Turn(actor.SetNodeState(node, to, by, reason, emptyBy));

    public ValueTask<Result<bool>> RemoveNode(string node, string? by = null) => Turn(actor.RemoveNode(node, by));

    public ValueTask<bool> SettleLoss(string? by = null) => Turn(actor.SettleLoss(by));

    public ValueTask PutBudgets(IReadOnlyList<Budget> put, IReadOnlyList<string> remove, string? by = null) =>
        Turn(actor.PutBudgets(put, remove, by));

    public ValueTask Tick() => Turn(actor.Tick());

    public ValueTask<FlavorView> View() => WhenDurable(newest => newest.View());

    public ValueTask<RunPosition?> Position(RunKey run) => WhenDurable(newest => newest.Position(run));

    public ValueTask<IReadOnlyList<QueuedRun>> Queued(IReadOnlyList<RunKey> runs) =>
        WhenDurable(newest => newest.Queued(runs));

    public ValueTask<Plan> Plan(Demand demand) => WhenDurable(newest => newest.Plan(demand));

    public ValueTask<Explanation?> Explain(RunKey run) => WhenDurable(newest => newest.Explain(run));

    public ValueTask<IReadOnlyList<NodeView>> Nodes() => WhenDurable(newest => newest.Nodes());

    public ValueTask<IReadOnlyList<LeaseManifest>> Leases(bool includeEnded) =>
        WhenDurable(newest => newest.Leases(includeEnded));

    public ValueTask<IReadOnlyList<ReservationView>> Reservations() => WhenDurable(newest => newest.Reservations());

    public ValueTask<IReadOnlyList<EnvelopeRoom>> Envelopes() => WhenDurable(newest => newest.Envelopes());

    public ValueTask<IReadOnlyList<string>> Budgets() => WhenDurable(newest => newest.Budgets());

    public ValueTask<FlavorCopy> Copy() => WhenDurable(newest => newest.Copy());

    public ValueTask<AuditReport> Audit() => WhenDurable(newest => newest.Audit());

    public async ValueTask<FlavorSettlement> Settle()
    {
        var isDue = actor.NextWake is { } due && due <= services.Time.GetUtcNow();
        if (isDue)
            await Tick();
        var hadFacts = actor.HasUndelivered;
        await courier.Deliver();
        return new FlavorSettlement(isDue || hadFacts, actor.NextWake);
    }

    public async ValueTask<ActorState> State()
    {
        var snapshot = actor.Snapshot();
        // Only taking the snapshot needs a turn; a large state is serialized outside the flavor's turns.
        var bytes = await Task.Run(
            () => JsonSerializer.SerializeToUtf8Bytes(snapshot, FlavorJson.Default.FlavorActorSnapshot));
        return new ActorState(snapshot.State.Sequence, bytes);
    }

    public ValueTask<Result<bool>> CanAdmit() => Turn(actor.CanAdmit());

    public async Task ReceiveReminder(string reminderName, TickStatus status) => await Tick();

    /// <summary>
    /// Answers from the newest state, once what is shown is durable. While the store is away, an answer may show the
    /// few decisions that were in flight when it went away, so that reads stay available.
    /// </summary>
    private async ValueTask<T> WhenDurable<T>(Func<FlavorActor, ValueTask<T>> question)
    {
        if (journal.IsBroken || await supersession.IsFoundByRead())
        {
            // The next call comes to an activation that has read what was written. This one reads it for the answer.
            DeactivateOnIdle();
            return await question(Recover(await services.Journals.Read(Key, CancellationToken.None)).Actor);
        }
        var shown = await question(actor);
        if (actor.HasDiverged)
            await actor.Durable;
        if (services.Journals.AwayBecause is null)
            await Turn(new ValueTask(actor.Durable));
        return shown;
    }

    private (FlavorActor Actor, IActorJournal Journal) Recover(RecoveredState recovered)
    {
        var open = services.Journals.Open(Key, recovered);
        var flavor = new FlavorActor(Key.Name, open, services.Time, services.Options.Scheduler)
        {
            Observer = services.Options.Observer,
        };
        try
        {
            recovered.Into(flavor.Restore, flavor.Replay);
        }
        catch (Exception broken) when (broken is InvalidOperationException or InvalidDataException or JsonException)
        {
            // It is no fault of who asks, and nothing that this process could mend.
            throw new IOException(
                $"The ledger of {Key.Name} is broken, and nothing is decided in it: {broken.Message} An audit tells "
                + "more.");
        }
        return (flavor, open);
    }

    /// <summary>Awaits an answer, then starts the work that follows from its turn.</summary>
    private async ValueTask<T> Turn<T>(ValueTask<T> answer)
    {
        try
        {
            return await answer;
        }
        finally
        {
            AfterTurn();
        }
    }

    /// <summary>
    /// Also looks now and then whether another activation has written, because a tick or a read that writes nothing
    /// would never find out. If so, this one ends, and the next call comes to one that has read what was written.
    /// </summary>
    private async ValueTask Turn(ValueTask answer)
    {
        try
        {
            await answer;
        }
        finally
        {
            AfterTurn();
        }
        if (await supersession.IsFoundByRead())
            DeactivateOnIdle();
    }

    private async ValueTask<Result<RunFact>> AdmitTraced(Demand demand, string? by)
    {
        using var span = Spans.Begin(Spans.ScheduleJob);
        var answer = await Turn(actor.Admit(demand, by));
        if (span is not null)
            AdmissionSpan.Describe(span, demand, this.GetPrimaryKeyString(), answer);
        return answer;
    }

    private void AfterTurn()
    {
        if (journal.IsBroken || actor.HasDiverged)
        {
            DeactivateOnIdle();
            return;
        }
        // A flavor without a record was called, but no node or budget ever named it. It starts no background work, so
        // it is forgotten once the calls stop.
        if (services.Options.Stepped || actor.State.Sequence == 0)
            return;
        if (!isAnnounced)
            Announce();
        delivery.Wake();
        saving.Wake();
        reminding.Wake();
        retrying.Wake();
        SetAlarm();
    }

    private void Announce()
    {
        isAnnounced = true;
        var flavor = this.GetPrimaryKeyString();
        services.Options.Observer?.Activated(flavor);
        check = new FlavorCheck(flavor, actor, services, supersession);
        if (services.Options.CheckEvery is { Ticks: > 0 } every)
            this.RegisterGrainTimer(Check, new GrainTimerCreationOptions { Interleave = true, Period = every,
                DueTime = every < FirstCheck ? every : FirstCheck });
    }

    private async Task Check(CancellationToken cancellation)
    {
        var flavor = this.GetPrimaryKeyString();
        try
        {
            if (await check.Pass(cancellation) is not { } findings)
            {
                DeactivateOnIdle();
                return;
            }
            services.Options.Observer?.Checked(flavor, findings);
            foreach (var (invariant, where, what) in findings.Violations.Where(IsNew))
                InvariantBroken(flavor, invariant, what, where);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            if (!cancellation.IsCancellationRequested)
                CheckFailed(failure, flavor);
        }
    }

    /// <summary>Whether a violation was not logged yet; a persistent one is counted by every pass and logged
    /// once.</summary>
    private bool IsNew(AuditViolation violation) =>
        broken.Count < ViolationsLoggedMax && broken.Add(violation.What);

    private void MakePumps()
    {
        var flavor = this.GetPrimaryKeyString();
        // Not the fleet's clock, because no decision depends on it.
        var time = TimeProvider.System;
        delivery = new WorkPump(time, () => actor.HasUndelivered, courier.Deliver, Repeated("outbox", failure =>
            DeliveryFailed(failure, flavor))) { Linger = Linger, IsUrgent = () => actor.HasUrgent };
        saving = new WorkPump(
            time, WantsSnapshot, Save, Repeated("journal", failure => SaveFailed(failure, flavor)))
        {
            RetryPause = ReminderPeriod,
        };
        retrying = new WorkPump(time, () => actor.HasSetAside, courier.RetrySetAside, Repeated("outbox", failure =>
            DeliveryFailed(failure, flavor))) { Linger = SetAsidePause };
        reminding = new WorkPump(
            time, () => !hasReminder, Remind, Repeated("scheduler", failure => ReminderFailed(failure, flavor)));
    }

    /// <summary>Counts the failures of a pump's steps, all of which are repeated.</summary>
    private Action<Exception> Repeated(string component, Action<Exception> failed) => failure =>
    {
        services.Options.Retried?.Invoke(component, failure);
        failed(failure);
    };

    private void SetAlarm()
    {
        if (actor.NextWake is not { } due || alarmAt <= due)
            return;
        alarmAt = due;
        var wait = due - services.Time.GetUtcNow();
        alarm.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > TimerMax ? TimerMax : wait,
            Timeout.InfiniteTimeSpan);
    }

    private async Task Ring(CancellationToken cancellation)
    {
        alarmAt = null;
        try
        {
            await actor.Tick();
        }
        catch (IOException failure)
        {
            services.Options.Retried?.Invoke("scheduler", failure);
            TickFailed(failure, this.GetPrimaryKeyString());
            await Task.Delay(RetryPause, cancellation);
        }
        AfterTurn();
    }

    private bool WantsSnapshot() => journal.SinceSnapshot >= services.Options.FlavorSnapshotEvery
        && actor.State.Sequence - saved >= services.Options.FlavorSnapshotEvery;

    private async ValueTask Save()
    {
        var state = await State();
        await actor.Durable;
        saved = state.Sequence;
        await journal.Save(state.Sequence, state.Bytes, CancellationToken.None);
    }

    private async ValueTask Remind()
    {
        await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        hasReminder = true;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "What is due in flavor {Flavor} could not be decided; it is tried again.")]
    private partial void TickFailed(Exception failure, string flavor);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Facts of flavor {Flavor} could not be delivered; they are delivered again.")]
    private partial void DeliveryFailed(Exception failure, string flavor);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Receiver} does not take what flavor {Flavor} tells it and is set aside: "
            + "others hear theirs, and it is tried again now and then.")]
    private partial void ReceiverSetAside(Exception failure, ActorKey receiver, string flavor);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "A snapshot of flavor {Flavor} could not be saved; its next activation reads more of the journal.")]
    private partial void SaveFailed(Exception failure, string flavor);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "Flavor {Flavor} breaks invariant {Invariant}: {What} (seen at {Where}). It is logged once; "
            + "jobtree_ledger_violations_total counts it at every pass of the check.")]
    private partial void InvariantBroken(string flavor, int invariant, string what, string where);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The continuous check of flavor {Flavor} could not complete its pass; the next one begins anew.")]
    private partial void CheckFailed(Exception failure, string flavor);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The reminder of flavor {Flavor} could not be set; it is tried again.")]
    private partial void ReminderFailed(Exception failure, string flavor);
}

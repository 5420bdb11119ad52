using System.Diagnostics;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Runs;

/// <summary>
/// A run. It journals each step before it takes the next: the submission before it asks the flavor, and the flavor's
/// answer before it calls the executor. Every step can be repeated, so <see cref="Resume"/> recovers from a crash
/// between two steps.
/// </summary>
/// <param name="key">The run.</param>
/// <param name="journal">The run's journal.</param>
/// <param name="fleet">The other actors.</param>
/// <param name="executor">Carries out starts and stops.</param>
/// <param name="time">The clock.</param>
public sealed partial class RunActor(
    RunKey key, IJournal journal, IFleet fleet, IExecutor executor, TimeProvider time) : IRun
{
    private const int RecordBytesUsual = 512;

    private RunRecord? run;

    /// <summary>The run as its journal records it; null if it was never submitted.</summary>
    public RunRecord? Record => run;

    /// <summary>Called with each recorded change: the record before, if any, and the new one. It must not throw.
    /// </summary>
    public Action<RunRecord?, RunRecord>? Recorded { get; init; }

    /// <summary>
    /// Whether the run's own command ended it, the answer was lost, and the flavor later delivered the end. A repeat of
    /// that command then succeeds without effect.
    /// </summary>
    private bool HasEndedUnanswered => run is { IsOver: true, EndOperation: "" };

    /// <inheritdoc/>
    public ValueTask<Result<RunRecord>> Submit(Submission submission)
    {
        if (run is null or { IsHidden: true } || (run.IsRefused && run.SubmitOperation == submission.Operation))
            return Begin(submission);
        if (HasTakenEffect(submission.Operation))
            return AnswerAgain(submission.By);
        if (run.SubmitOperation != submission.Operation && submission.Again)
            return run.IsOver && run.Owner == submission.Owner ? Begin(submission) : Answer(ConflictOf(run, submission)
                ?? Conflict($"{key} is {run.Phase}; it can be submitted again when it has ended."));
        if (ConflictOf(run, submission) is { } conflict)
            return Answer(conflict);
        if (!IsSubmitted(run, submission.Spec))
            return SetWidth(
                new DesiredWidth(submission.Spec.Malleable!.DesiredTotalGPUs, submission.Operation, IsSubmitted: true),
                submission.By);
        // The first attempt could not reach the flavor, or its answer was lost.
        return run.IsDecided || run.IsOver || run.Phase == RunPhase.Waiting ? Answer(run) : Decide(isFirst: false);
    }

    /// <inheritdoc/>
    public ValueTask<Result<RunRecord>> Complete(CompletionReport report)
    {
        if (run is null or { IsHidden: true })
            return Answer(NotFound());
        if (HasTakenEffect(report.Operation))
            return Answer(run);
        if (report.Attempt is { } attempt && attempt != run.Attempt)
            return Answer(Conflict(
                $"The report is of attempt {attempt}, but {key} is at attempt {run.Attempt} and {run.Phase}."));
        if (HasEndedUnanswered)
            return Answer(run);
        if (run.Phase != RunPhase.Running)
            return Answer(
                Conflict($"{key} is {run.Phase}, attempt {run.Attempt}; only a running attempt can be completed."));
        if (report.Attempt is null && run.Attempt > 1)
            return Answer(Conflict(
                $"{key} is at attempt {run.Attempt}: "
                + "the report must name the attempt that it is of, or it could end another."));
        return End(report.Succeeded ? LeaseEndReason.Completed : LeaseEndReason.RunFailed, report.Message,
            new FleetCommand(report.Operation, report.By));
    }

    /// <inheritdoc/>
    public async ValueTask<Result<RunRecord>> Cancel(FleetCommand operation)
    {
        if (run is null or { IsHidden: true })
            return NotFound();
        if (HasTakenEffect(operation.Id) || HasEndedUnanswered)
            return run;
        if (run.IsOver)
            return Conflict($"{key} is {run.Phase} already.");
        var (phase, attempt) = (run.Phase, run.Attempt);
        var ended = await End(LeaseEndReason.Cancelled, "Cancelled on request.", operation);
        if (phase == RunPhase.Running)
            await executor.Stop(new ExecutionStop(key, attempt, LeaseEndReason.Cancelled));
        return ended;
    }

    /// <inheritdoc/>
    public async ValueTask<Result<RunRecord>> AddSponsor(string sponsor, FleetCommand operation)
    {
        if (run is null or { IsHidden: true })
            return NotFound();
        var funding = run.Spec.Funding ?? new RunFunding();
        if (funding.AllowBorrow && funding.Sponsors.Contains(sponsor))
            return run;
        if (run.Phase is not (RunPhase.Pending or RunPhase.Reserved or RunPhase.Waiting))
            return Conflict($"{key} is {run.Phase}; sponsors can be added while a run waits.");
        funding = funding with { AllowBorrow = true, Sponsors = [.. funding.Sponsors, sponsor] };
        if (ErrorOf(funding) is { } error)
            return new Problem(ProblemCode.Invalid, error);
        await Append(new RunEvent { At = time.GetUtcNow(), Refunded = funding });
        if (run.Phase != RunPhase.Waiting)
            await fleet.Flavor(run.Spec.Resources.GpuType).Amend(run.ToDemand(), operation.By);
        return run;
    }

    /// <inheritdoc/>
    public ValueTask<Result<RunRecord>> Shrink(int gpus, FleetCommand operation)
    {
        if (run is null or { IsHidden: true })
            return Answer(NotFound());
        if (HasTakenEffect(operation.Id))
            return AnswerAgain(operation.By);
        if (run.IsOver)
            return Answer(Conflict($"{key} is {run.Phase} already."));
        if (run.Spec.Malleable is not { } widths)
            return Answer(Conflict($"{key} cannot shrink: it has one width (spec.malleable is absent)."));
        // It may have been shrunk, and not have heard yet that it has fewer.
        var demand = run.ToDemand();
        var present = run.Phase == RunPhase.Running ? Math.Min(run.Gpus, demand.WantedGpus()) : demand.Gpus;
        if (RunWidths.ShrinkError(widths, present, gpus) is { } error)
            return Answer(new Problem(ProblemCode.Invalid, $"{key} {error}"));
        return SetWidth(new DesiredWidth(present - gpus, operation.Id), operation.By);
    }

    /// <inheritdoc/>
    public ValueTask<Result<RunTelemetry>> Report(WorkloadReport report)
    {
        Result<RunTelemetry> answer;
        if (run is null or { IsHidden: true })
            answer = NotFound();
        else if (run.Phase != RunPhase.Running)
            answer = Conflict($"{key} is {run.Phase}; only a running run can report telemetry.");
        else if (report.Attempt is { } attempt && attempt != run.Attempt)
            answer = Conflict($"The report is of attempt {attempt}, but {key} is at attempt {run.Attempt}.");
        else
            answer = fleet.Runs().Report(run, report);
        return ValueTask.FromResult(answer);
    }

    /// <inheritdoc/>
    public ValueTask<RunRecord?> Get() => ValueTask.FromResult(run is { IsHidden: true } ? null : run);

    /// <inheritdoc/>
    public ValueTask Notify(RunFact fact) => Ignores(run, fact) ? ValueTask.CompletedTask
        : fact.Kind == RunFactKind.Resized && run!.Phase != RunPhase.Running ? HearOfStart()
        // The listing's sweep may tell of an end before the flavor has told of what was before it.
        : TakeIn(fact, missesFacts: fact.Kind is (RunFactKind.Closed or RunFactKind.Left) && HasMissed(fact));

    /// <inheritdoc/>
    public async ValueTask Resume()
    {
        if (run is { Phase: RunPhase.Waiting })
            await LookAround();
        else if (run is { IsDecided: false, IsOver: false })
            await Decide(isFirst: false);
        else if (run is { Phase: RunPhase.Running } && await fleet.Flavor(run.Spec.Resources.GpuType)
            .Position(key) is { Leases.Count: > 0 } position)
            await executor.Start(LaunchOn(position.Leases));
        if (run is { MayHaveUntoldWidth: true })
            await TellWidth(by: null);
    }

    /// <summary>Replays a journal record during recovery.</summary>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) =>
        run = RunTransitions.Apply(key, run, RunEventFormat.Read(record, null));

    /// <summary>Restores a snapshot during recovery.</summary>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> state) => run = RunJournal.Restore(key, state);

    /// <summary>Restores a record from elsewhere, such as a state file.</summary>
    /// <param name="record">The record.</param>
    public void Restore(RunRecord record) => run = record;

    /// <summary>The state as a snapshot, and the number of the last journal record that it covers.</summary>
    public (long Sequence, byte[] State) Snapshot() =>
        run is { } record ? (record.Version, record.ToSnapshot()) : (0, []);

    /// <summary>
    /// Whether a fact is not new to a run and never will be, because a fact follows from a record that the run has
    /// already applied.
    /// </summary>
    internal static bool Ignores(RunRecord? run, RunFact fact) =>
        run is null || fact.Flavor != run.Spec.Resources.GpuType
        || ((run.IsOver || fact.Sequence <= run.LastFact) && !run.IsMissing(fact));

    /// <summary>What the manifest of a run with other terms of borrowing would be refused for; null if for nothing.
    /// </summary>
    private string? ErrorOf(RunFunding funding) => ManifestReader.Read(new RunManifest(
        key, new RunSpec { Resources = run!.Spec.Resources, Funding = funding })).Errors is [var error, ..]
        ? error.Sentence() : null;

    private static ValueTask<Result<RunRecord>> Answer(Result<RunRecord> answer) => ValueTask.FromResult(answer);

    /// <summary>Whether a command took full effect: it ended the run, or belongs to an earlier submission.</summary>
    private bool HasTakenEffect(string operation) =>
        run!.EndOperation == operation || run.EarlierOperations?.Any(earlier => earlier.Id == operation) == true;

    private ValueTask<Result<RunRecord>> Begin(Submission submission)
    {
        // Each submission has an instant of its own, by which the flavor tells it from an earlier one.
        var (now, earlier) = (time.GetUtcNow(), run?.SubmittedAt.AddTicks(1) ?? DateTimeOffset.MinValue);
        var appended = Append(new RunEvent { At = now > earlier ? now : earlier, Submitted = submission });
        return appended.IsCompletedSuccessfully && run!.Gate is null ? Decide(isFirst: true) : DecideAfter(appended);
    }

    private async ValueTask<Result<RunRecord>> DecideAfter(ValueTask appended)
    {
        await appended;
        return await (run!.Gate is null ? Decide(isFirst: true) : LookAtUpstreams(isNew: true));
    }

    private async ValueTask<Result<RunRecord>> Decide(bool isFirst, string? by = null)
    {
        var flavor = fleet.Flavor(run!.Spec.Resources.GpuType);
        var decision = await flavor.Admit(run.ToDemand(), by ?? run.SubmittedBy);
        if (decision.Succeeded(out var fact, out var problem))
        {
            // The answer to a repeated request is ahead of facts that have happened since the first.
            if (fact.Sequence > run.LastFact)
                await TakeIn(fact, missesFacts: !isFirst || run.MissesFactsAfter is not null);
            return run;
        }
        // The caller was told that it is submitted. The listing has it ask again.
        if (run.WasAcknowledged)
            return run;
        // The answer to an earlier request may have been lost, and this refusal may come from a superseded activation.
        // Close is fenced, so a superseded activation fails it, and nothing keeps running.
        if (!isFirst)
            await flavor.Close(key, LeaseEndReason.Cancelled, new AttemptKey(run.SubmittedAt));
        await Append(new RunEvent { At = time.GetUtcNow(), Refused = problem.Detail });
        return problem;
    }

    private async ValueTask<Result<RunRecord>> End(LeaseEndReason reason, string? message, FleetCommand operation)
    {
        // Its flavor does not know it.
        if (run is { Phase: RunPhase.Waiting, Hold: not { IsInQueue: true } })
        {
            await Append(new RunEvent { At = time.GetUtcNow(),
                Ended = new RunEnd(reason, message, operation.Id, default, 0) });
            return run;
        }
        var flavor = fleet.Flavor(run!.Spec.Resources.GpuType);
        // A cancelled run ends whichever attempt it is at; a workload's end is the end of its own attempt.
        var fact = await flavor.Close(key, reason,
            new AttemptKey(run!.SubmittedAt, reason == LeaseEndReason.Cancelled ? null : run.Attempt), operation.By);
        if (fact?.Sequence <= run.LastFact)
            fact = null;
        // Only the run closes its leases. A flavor that no longer knows it closed them before, and the answer was lost.
        if (fact is null && reason != LeaseEndReason.Cancelled)
        {
            if (await flavor.Position(key) is not null)
                return Conflict($"{key} was cut before its end was reported; it waits to start again, or runs again.");
            // Or it was cut and has ended since, perhaps at a later attempt, and has heard of nothing.
            if (await flavor.FindClosed([key]) is [var end] && end.Sequence > run.LastFact && HasMissed(end))
            {
                await TakeIn(end, missesFacts: true);
                return Conflict($"{key} was cut before its end was reported, and has ended since.");
            }
        }
        if (!run.IsOver)
            await Append(new RunEvent { At = fact?.At ?? time.GetUtcNow(),
                Ended = new RunEnd(reason, message, operation.Id, fact?.GpuSeconds ?? default, fact?.Sequence ?? 0,
                    fact?.Attempt ?? 0), MissesFacts = fact is not null && HasMissed(fact) });
        return run;
    }

    /// <summary>Whether the end of the run shows that earlier facts, such as a cut, are still under way.</summary>
    private bool HasMissed(RunFact end) => end.Attempt != run!.Attempt
        || (end.Kind == RunFactKind.Left && run.Phase == RunPhase.Running);

    /// <summary>The flavor has changed the width of a run that has not heard of its start, because the answer is lost
    /// or under way. Asked again, the flavor tells both.</summary>
    private async ValueTask HearOfStart()
    {
        if (run!.Hold is not null)
            await LeaveQueue();
        else
            await Decide(isFirst: false);
    }

    private async ValueTask TakeIn(RunFact fact, bool missesFacts = false)
    {
        var (attempt, isPast, wasDecided) = (run!.Attempt, run.IsMissing(fact), run.IsDecided);
        // What waits and was running has been cut, and has not heard of it.
        var wasCut = !isPast && run.Phase == RunPhase.Running && fact.Kind
            is RunFactKind.Queued or RunFactKind.Reserved or RunFactKind.Withdrawn;
        await Append(new RunEvent { At = fact.At, Fact = fact, MissesFacts = missesFacts || wasCut });
        if (isPast)
            return;
        if (wasCut)
            await executor.Stop(new ExecutionStop(key, attempt, LeaseEndReason.ReclaimUnfunded));
        if (fact is { Kind: RunFactKind.Started, Leases: { } leases })
            await executor.Start(LaunchOn(leases));
        else if (fact is { Kind: RunFactKind.Resized, Leases: { } present })
            await executor.Resize(LaunchOn(present));
        else if (fact.Kind is RunFactKind.Cut or RunFactKind.Closed)
            await executor.Stop(new ExecutionStop(key, attempt, fact.Reason));
        else if (fact.Kind == RunFactKind.Withdrawn && wasDecided && run.IsInterrupted)
            await Decide(isFirst: false);
    }

    private Launch LaunchOn(IReadOnlyList<Lease> leases) =>
        new(key, run!.Attempt, run.Spec, leases, run.StartedAt ?? run.PhaseSince, LaunchTrace(run));

    /// <summary>
    /// Records a width, then asks the flavor for it. What fails in between is asked for by a repeat of the command, and
    /// else by <see cref="Resume"/>.
    /// </summary>
    private async ValueTask<Result<RunRecord>> SetWidth(DesiredWidth width, string? by)
    {
        await Append(new RunEvent { At = time.GetUtcNow(), Resized = width });
        if (run!.Phase == RunPhase.Waiting)
            return run; // What is kept back asks for its present width when it asks.
        if (!run.IsDecided)
            return await Decide(isFirst: false);
        return await TellWidth(by);
    }

    /// <summary>Answers a repeated command, which may have set a width of which the flavor did not hear.</summary>
    private ValueTask<Result<RunRecord>> AnswerAgain(string? by) =>
        run!.MayHaveUntoldWidth ? TellWidth(by) : Answer(run);

    private async ValueTask<Result<RunRecord>> TellWidth(string? by)
    {
        await fleet.Flavor(run!.Spec.Resources.GpuType).Resize(run.ToDemand(), by);
        return run;
    }

    /// <summary>
    /// The trace context of a launch: the current span, if it is a recorded one of the submission's trace; otherwise
    /// the submission's, because a run that has waited is started in the course of something else.
    /// </summary>
    private string? LaunchTrace(RunRecord launched)
    {
        if (executor is NoExecutor)
            return launched.TraceParent;
        var submitted = launched.TraceParent ?? TraceParent.Of(key, launched.SubmitOperation);
        return Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C, Id: { } current }
            && TraceParent.AreOfOneTrace(current, submitted) ? current : submitted;
    }

    private async ValueTask Append(RunEvent change)
    {
        using var span = StateSpans.Begin(key, change);
        var before = run;
        var next = RunTransitions.Apply(key, before, change);
        await Append(next.Version, change);
        run = next;
        fleet.Runs().Put(next);
        Recorded?.Invoke(before, next);
    }

    private Task Append(long sequence, RunEvent change)
    {
        var writer = new RecordWriter(stackalloc byte[RecordBytesUsual]);
        try
        {
            RunEventFormat.Write(ref writer, change);
            return journal.Append(sequence, writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Why a submission conflicts with the run of that name; null if the two match.</summary>
    internal static Problem? ConflictOf(RunRecord run, Submission submission)
    {
        if (run.Owner != submission.Owner)
            return Conflict($"Run {run.Key}: the name is taken by a run of another owner.");
        if (IsSubmitted(run, submission.Spec) || ChangesWidthOnly(run, submission))
            return null;
        return Conflict(run.IsOver
            ? $"{run.Key} exists with another spec and is {run.Phase}; "
                + "submit it again (--again), or choose another name."
            : $"{run.Key} exists with another spec and is {run.Phase}; cancel it first, or choose another name.");
    }

    /// <summary>Whether a spec is that of the run, as it is or as it was submitted.</summary>
    private static bool IsSubmitted(RunRecord run, RunSpec spec) =>
        IsSame(run.Spec, spec) || (run.SubmittedSpec is { } first && IsSame(first, spec));

    /// <summary>Whether a submission differs from a live run in its desired width only.</summary>
    private static bool ChangesWidthOnly(RunRecord run, Submission submission)
    {
        var known = run.SubmittedSpec ?? run.Spec;
        return !run.IsOver && run.Owner == submission.Owner
            && known.Malleable is { } now && submission.Spec.Malleable is { } asked
            && IsSame(known with { Malleable = now with { DesiredTotalGPUs = null } },
                submission.Spec with { Malleable = asked with { DesiredTotalGPUs = null } });
    }

    private static bool IsSame(RunSpec left, RunSpec right) => Canonical(left).AsSpan().SequenceEqual(Canonical(right));

    private static byte[] Canonical(RunSpec spec) =>
        JsonSerializer.SerializeToUtf8Bytes(spec with { Owner = null }, ModelJson.Default.RunSpec);

    private Problem NotFound() => Problem.NoRun(key);

    private static Problem Conflict(string detail) => new(ProblemCode.Conflict, detail);
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Homes;
using Jobtree.Grains.Journals;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// The grain of a run. It lives on the silo that <see cref="RunHomes"/> names, until the run has ended or nobody has
/// called it for a while; a later activation recovers from the journal. Most runs are called twice in their life, so
/// activation dominates a run's cost. Therefore the grain is created without a container, is not registered, reads its
/// journal only when needed, and serializes its calls with <see cref="Turns"/>.
/// </summary>
[GrainType(RunHomes.GrainTypeName)]
[GrainDirectory(RunHomes.Name)]
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
[Reentrant]
internal sealed class RunGrain(IGrainContext context, RunServices services) : IGrainBase, IRunGrain
{
    /// <summary>
    /// For how long a record that was read may be answered with before the journal is asked again. A silo that does not
    /// know the members of the cluster yet, or that was paused and declared dead, may have written a record after this
    /// one read the journal. Who does not write would never find out.
    /// </summary>
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(10);

    private readonly string name = context.GrainId.Key.ToString()!;
    private RunKey? run;
    private IActorJournal? journal;
    private RunActor actor = null!;
    private Turns turns;
    private long homesVersion;
    private long readAt;
    private bool isUnread;

    public IGrainContext GrainContext => context;

    private ActorServices Services => services.Actor;

    private RunKey Run => run ??= Services.Shared(RunKey.Parse(name));

    private ActorKey JournalKey => new(ActorKind.Run, name);

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        // The listing holds this record too, so retaining it costs nothing.
        if (journal is { WantsState: true } open)
            open.Release(actor.Record?.Version ?? 0, actor.Record ?? (IRestingState)StateBytes.None);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Most submitted runs are new. The grain does not read the journal to find out: it appends, since the journal
    /// accepts a first record only for a run that has none. Of runs that ended long ago only the history knows.
    /// </summary>
    public async ValueTask<Result<RunRecord>> Submit(Submission submission)
    {
        bool hasEnded;
        try
        {
            hasEnded = journal is null && Services.History is { } history
                && await history.Contains(Run, CancellationToken.None);
        }
        catch (IOException away)
        {
            return new Problem(
                ProblemCode.Unavailable, $"{away.Message} Nothing of this submission was recorded; repeat it.");
        }
        await (journal is null && !hasEnded && !turns.IsTaken ? EnterAsNew() : Enter());
        try
        {
            Result<RunRecord> result;
            try
            {
                result = await actor.Submit(Services.Shared(submission));
            }
            catch (IOException) when (journal is { IsBroken: true } && actor.Record is null)
            {
                // The run already exists, and nothing of this submission was recorded.
                await Load();
                result = await actor.Submit(Services.Shared(submission));
            }
            await KeepSnapshot();
            return result;
        }
        finally
        {
            Leave();
        }
    }

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) =>
        Command(() => actor.Complete(report));

    public ValueTask<Result<RunRecord>> Cancel(FleetCommand operation) =>
        Command(() => actor.Cancel(operation));

    public ValueTask<Result<RunRecord>> Hold(HoldCommand hold) =>
        Command(() => actor.Hold(hold));

    public ValueTask<Result<RunRecord>> Release(HoldRelease release) =>
        Command(() => actor.Release(release));

    public async ValueTask<Result<RunTelemetry>> Report(WorkloadReport report)
    {
        await Enter();
        try
        {
            return await actor.Report(report);
        }
        finally
        {
            Leave();
        }
    }

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, FleetCommand operation) =>
        Command(() => actor.AddSponsor(sponsor, operation));

    public ValueTask<Result<RunRecord>> Shrink(int gpus, FleetCommand operation) =>
        Command(() => actor.Shrink(gpus, operation));

    /// <summary>
    /// Takes no turn, because a record is immutable and replaced as a whole. A read therefore does not wait behind a
    /// turn that awaits the flavor.
    /// </summary>
    public ValueTask<RunRecord?> Get() =>
        journal is not null && !MayHaveRecord && (turns.IsTaken || (IsUpToDate && !MayBeOld))
            ? actor.Get() : GetAnew();

    public async ValueTask Notify(RunFact fact)
    {
        await Enter();
        try
        {
            await actor.Notify(fact);
            await KeepSnapshot();
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask Resume()
    {
        await Enter();
        try
        {
            await actor.Resume();
        }
        finally
        {
            Leave();
        }
    }

    public async ValueTask<ActorState> State()
    {
        await Enter();
        try
        {
            var (sequence, state) = actor.Snapshot();
            return new ActorState(sequence, state);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Whether the journal was read under the current cluster membership. During a membership change, another silo may
    /// have activated this run and written to its journal.
    /// </summary>
    private bool IsUpToDate => journal is not null && homesVersion == Services.Homes.Version && !MayHaveRecord;

    /// <summary>
    /// Whether the run may exist although no record of it is here: its journal was not read, and the first record has
    /// not been accepted yet, or what became of it is not known; or another silo may have written it since. That is no
    /// reason to say that there is no such run.
    /// </summary>
    private bool MayHaveRecord => actor.Record is null && (isUnread || IsShared);

    /// <summary>Whether there are other silos, of which one may write although it is taken for dead.</summary>
    private bool IsShared => Services.Options.LooksPerSweep > 0;

    /// <summary>Whether another silo of the cluster may have written since the journal was last read.</summary>
    private bool MayBeOld =>
        IsShared && Services.Time.GetElapsedTime(readAt) >= ReadAgainAfter;

    private ValueTask EnterAsNew()
    {
        (homesVersion, readAt) = (Services.Homes.Version, Services.Time.GetTimestamp());
        Begin(RecoveredState.Nothing, Services.Journals.Open(JournalKey, RecoveredState.Nothing));
        isUnread = true;
        return turns.Enter();
    }

    private ValueTask Enter()
    {
        var turn = turns.Enter();
        return turn.IsCompletedSuccessfully && IsUpToDate ? ValueTask.CompletedTask : EnterLater(turn);
    }

    private async ValueTask EnterLater(ValueTask turn)
    {
        await turn;
        try
        {
            if (journal is { IsBroken: true })
                throw new JournalFencedException(
                    $"A record of {name} was refused before; this activation ends.");
            if (!IsUpToDate)
                await Load();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        turns.Leave();
        // Most runs have ended and need no activation. A run without a record stays active: its submission may be about
        // to arrive.
        if (journal is { IsBroken: true } || actor is { Record.IsOver: true })
            this.DeactivateOnIdle();
    }

    /// <summary>
    /// Carries out a command. A refusal writes nothing that the store would refuse to a silo that is taken for dead, so
    /// where there are others the journal is read before somebody is refused for what may be past.
    /// </summary>
    private async ValueTask<Result<RunRecord>> Command(Func<ValueTask<Result<RunRecord>>> carryOut)
    {
        await Enter();
        try
        {
            var result = await carryOut();
            if (result.Problem is null || !IsShared || actor.Record is not { Version: var known })
                return result;
            await Load();
            return actor.Record?.Version == known ? result : await carryOut();
        }
        finally
        {
            Leave();
        }
    }

    private async ValueTask<RunRecord?> GetAnew()
    {
        await Enter();
        try
        {
            if (MayBeOld)
                await Load();
        }
        catch (IOException) when (IsUpToDate)
        {
            // The store is away, which is no reason to say less than what is known.
        }
        finally
        {
            Leave();
        }
        return await actor.Get();
    }

    private async ValueTask Load()
    {
        var isFirst = journal is null;
        var (version, at) = (Services.Homes.Version, Services.Time.GetTimestamp());
        var recovered = await Services.Journals.Read(JournalKey, CancellationToken.None);
        // Most runs without a journal are new; to learn that a run is not there costs less than to look for its record.
        if (recovered.Last == 0 && Services.History is { } history
            && await history.Contains(Run, CancellationToken.None)
            && (await history.Find([Run], CancellationToken.None))[0] is { } ended)
        {
            recovered = new RecoveredState(ended.Version, ((IRestingState)ended).ToSnapshot(), []);
            Begin(recovered, new ReturningJournal(JournalKey, recovered, Services.Journals));
        }
        else
        {
            Begin(recovered, Services.Journals.Open(JournalKey, recovered));
        }
        (homesVersion, readAt, isUnread) = (version, at, false);
        // The first caller must find that work cut off by a crash has resumed.
        if (actor.Record is { IsInterrupted: true } or { MayHaveUntoldWidth: true }
            || (isFirst && Services.Options.TellsExecutorAgain && actor.Record is { Phase: RunPhase.Running }))
            await actor.Resume();
    }

    private void Begin(RecoveredState recovered, IActorJournal open)
    {
        journal = open;
        actor = new RunActor(Run, open, Services.Fleet, Services.Executor,
            Services.Time) { Recorded = Services.Options.Recorded };
        if (recovered.Last > 0)
            recovered.Into(actor.Restore, actor.Replay);
    }

    /// <summary>
    /// A run writes a handful of records. Only a run that is cut or renamed again and again needs a snapshot.
    /// </summary>
    private ValueTask KeepSnapshot() =>
        journal is { } open && open.SinceSnapshot >= Services.Options.SnapshotEvery ? open.SaveWhenDue(
            Services.Options.SnapshotEvery, actor.Snapshot) : ValueTask.CompletedTask;
}

using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Jobtree.Grains.Listing;

/// <summary>
/// A shard of the listing. It has no durable state: it is rebuilt from journals, which hold what is open, and from the
/// end of the history. Runs report their changes to it.
/// Changes that a dead silo did not report are found in the journals: new runs are read every few seconds, all open
/// runs when a silo is lost, and some open runs in every sweep.
/// </summary>
[GrainType("run-index")]
[KeepAlive]
[Reentrant]
internal sealed partial class RunIndexGrain : Grain, IRunIndexGrain
{
    private const int ReadsAtOnce = 64;

    private const int StatesPerMessage = 1_024;

    private static readonly TimeSpan EndedEvery = TimeSpan.FromSeconds(1);

    private const int EndedFailuresPerLine = 60;

    /// <summary>
    /// How far each sweep reaches back before the previous one: longer than a message about a new run is in flight.
    /// </summary>
    private static readonly TimeSpan SweepOverlap = TimeSpan.FromSeconds(10);

    private readonly ActorServices services;
    private readonly ILogger<RunIndexGrain> logger;
    private readonly RunIndex index;
    private readonly EndedRuns ended;
    /// <summary>The runs that have not ended, so that sweeps need not pass over the ended ones.</summary>
    private readonly HashSet<RunKey> open = [];
    private readonly Queue<RunKey> toLookAt = new();
    private readonly RunWaking waking;
    private readonly int generation;
    private readonly HashSet<RunKey> unreadable = [];
    /// <summary>The lists of open runs that checks of flavors are reading.</summary>
    private readonly Dictionary<string, RunKey[]> listed = [];
    private DateTimeOffset swept;
    private int endedFailures;
    private Task revalidation = Task.CompletedTask;

    public RunIndexGrain(ActorServices services, ILogger<RunIndexGrain> logger)
    {
        (this.services, this.logger) = (services, logger);
        index = new RunIndex(services.Time, services.Options.EndedBytesMax / RunShard.Count);
        ended = new EndedRuns(services, index);
        waking = new RunWaking(services, logger);
        generation = services.Journals.Generation;
    }

    private int Shard => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        swept = services.Time.GetUtcNow();
        var runs = new List<RunKey>();
        await foreach (var run in services.Journals.Runs(Shard, null, cancellationToken))
            runs.Add(run);
        await Enter(runs, cancellationToken);
        await WithHistory(() => ended.Recall(Shard, cancellationToken));
        index.Begin();
        if (!services.Options.Stepped)
            this.RegisterGrainTimer(cancellation => MoveEnded(cancellation),
                new GrainTimerCreationOptions { DueTime = EndedEvery, Period = EndedEvery });
        if (!services.Options.Stepped)
            this.RegisterGrainTimer(Sweep, new GrainTimerCreationOptions { DueTime = TimeSpan.FromSeconds(1),
                Period = services.Options.SweepEvery });
        if (!services.Options.Stepped)
            this.RegisterGrainTimer(WakeFollowers, new GrainTimerCreationOptions { Interleave = true,
                DueTime = services.Options.FollowEvery, Period = services.Options.FollowEvery });
    }

    public ValueTask Put(IReadOnlyList<RunRecord> records)
    {
        foreach (var record in records)
            Put(record);
        return ValueTask.CompletedTask;
    }

    public ValueTask<Page<RunRecord>> List(RunQuery query) => index.List(query);

    public ValueTask<IReadOnlyList<PhaseCount>> Count() => index.Count();

    public async ValueTask<OpenLoad> Load()
    {
        var open = await index.Load();
        return open with { Runs = open.Runs + ended.Unwritten, Bytes = open.Bytes + ended.UnwrittenBytes };
    }

    public async IAsyncEnumerable<ShardChange> Watch(RunQuery query, long? after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (version, run) in index.Watch(query, after, cancellation))
            yield return new ShardChange(version, run);
    }

    public ValueTask<IReadOnlyList<RunKey>> ListOpen(string flavor, int from, int max)
    {
        if (from == 0)
            listed[flavor] = [.. Open().Where(
                run => run.IsDecided && run.Spec.Resources.GpuType == flavor).Select(run => run.Key)];
        RunKey[] page = listed.TryGetValue(flavor, out var runs) && from < runs.Length
            ? runs[from..Math.Min(runs.Length, from + max)] : [];
        if (page.Length < max)
            listed.Remove(flavor);
        return ValueTask.FromResult<IReadOnlyList<RunKey>>(page);
    }

    public ValueTask<IReadOnlyList<RunKey>> FindNotOpen(IReadOnlyList<RunKey> runs) =>
        ValueTask.FromResult<IReadOnlyList<RunKey>>([.. runs.Where(run => !open.Contains(run))]);

    public async ValueTask<IReadOnlyList<UpstreamState>> StatesOf(IReadOnlyList<RunKey> runs)
    {
        var states = index.StatesOf(runs);
        if (services.History is not { } history)
            return states;
        // Those that are not listed may have ended long ago.
        var unlisted = Enumerable.Range(0, runs.Count).Where(i => index.Find(runs[i]) is null).ToArray();
        if (unlisted.Length == 0)
            return states;
        var found = await history.Find([.. unlisted.Select(i => runs[i])], CancellationToken.None);
        var all = states.ToArray();
        for (var i = 0; i < found.Count; i++)
            all[unlisted[i]] = UpstreamState.Of(found[i]);
        return all;
    }

    public async ValueTask<DueFollowers> TakeDueFollowers()
    {
        var states = new Dictionary<RunKey, UpstreamState>();
        foreach (var shard in index.Upstreams().GroupBy(RunShard.Of))
        {
            foreach (var some in shard.Chunk(StatesPerMessage))
            {
                var found = shard.Key == Shard ? await StatesOf(some)
                    : await services.Fleet.Index.Shard(shard.Key).StatesOf(some);
                for (var i = 0; i < some.Length; i++)
                    states[some[i]] = found[i];
            }
        }
        return new DueFollowers(
            index.TakeDueFollowers(states, services.Time.GetUtcNow()), index.NextFollowerWake);
    }

    public ValueTask Revalidate()
    {
        if (revalidation.IsCompleted)
            revalidation = LookAgain();
        return ValueTask.CompletedTask;
    }

    public ValueTask WakeRunning()
    {
        waking.Add(Open().Where(run => run.Phase == RunPhase.Running).Select(run => run.Key));
        return ValueTask.CompletedTask;
    }

    private async Task WakeFollowers(CancellationToken cancellation)
    {
        try
        {
            foreach (var some in (await TakeDueFollowers()).Now.Chunk(ReadsAtOnce))
            {
                var hasGoneOn = await Task.WhenAll(some.Select(due => waking.Wake(due.Run)));
                for (var i = 0; i < some.Length; i++)
                {
                    if (!hasGoneOn[i])
                        index.RetryFollower(some[i].Run);
                }
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // A shard that cannot be asked now is asked again with the next period.
            if (!cancellation.IsCancellationRequested)
                Retried(failure);
        }
    }

    /// <summary>Enters the records of some runs as recovered from their journals.</summary>
    private async Task Enter(IReadOnlyList<RunKey> runs, CancellationToken cancellation)
    {
        foreach (var some in runs.Chunk(ReadsAtOnce))
        {
            foreach (var record in await Task.WhenAll(some.Select(run => Read(run, cancellation))))
            {
                if (record is not null)
                    Put(services.Shared(record));
            }
        }
    }

    private void Put(RunRecord record)
    {
        index.Put(record);
        // The record may be older than the one in the index.
        if (index.Find(record.Key) is { IsOver: false })
        {
            open.Add(record.Key);
            return;
        }
        open.Remove(record.Key);
        if (ReferenceEquals(index.Find(record.Key), record))
            ended.Put(record);
    }

    private IEnumerable<RunRecord> Open() => open.Select(index.Find).OfType<RunRecord>();

    private async Task<RunRecord?> Read(RunKey run, CancellationToken cancellation)
    {
        var recovered = await services.Journals.Read(new ActorKey(ActorKind.Run, run.ToString()), cancellation);
        try
        {
            // The listing was told of it late: it has ended, and only the history has it.
            if (recovered.Last == 0 && services.History is { } history)
                return (await history.Find([run], cancellation))[0];
            var record = recovered.SnapshotSequence > 0 ? RunJournal.Restore(run, recovered.Snapshot.Span) : null;
            foreach (var entry in recovered.Records)
                record = RunJournal.Apply(run, record, entry.Span);
            return record;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // One unreadable journal must not keep other runs from the listing.
            if (unreadable.Add(run))
                RunUnreadable(failure, run);
            return null;
        }
    }

    public Task MoveEnded() => MoveEnded(CancellationToken.None);

    private async Task MoveEnded(CancellationToken cancellation)
    {
        var began = services.Time.GetTimestamp();
        var succeeded = await WithHistory(async () =>
        {
            await ended.Recall(Shard, cancellation);
            await ended.Pass(cancellation);
        });
        services.Options.Passed?.Invoke("history", services.Time.GetElapsedTime(began), succeeded);
    }

    /// <summary>Takes a step of ended runs. One that fails is taken again with the next pass.</summary>
    private async Task<bool> WithHistory(Func<Task> step)
    {
        try
        {
            await step();
            endedFailures = 0;
            return true;
        }
        catch (IOException failure)
        {
            services.Options.Retried?.Invoke("history", failure);
            // It is tried again each second; a line a minute is enough.
            if (endedFailures++ % EndedFailuresPerLine == 0)
                EndedFailed(failure, Shard, ended.Unwritten);
            return false;
        }
    }

    private async Task Sweep(CancellationToken cancellation)
    {
        if (services.Journals.Generation != generation)
        {
            // Runs are listed here that the store has lost, and others as they were before.
            DeactivateOnIdle();
            return;
        }
        var began = services.Time.GetTimestamp();
        var succeeded = await TrySweep(cancellation);
        services.Options.Passed?.Invoke("listing", services.Time.GetElapsedTime(began), succeeded);
    }

    private async Task<bool> TrySweep(CancellationToken cancellation)
    {
        try
        {
            var since = swept - SweepOverlap;
            var now = services.Time.GetUtcNow();
            var unknown = new List<RunKey>();
            await foreach (var run in services.Journals.Runs(Shard, since, cancellation))
            {
                if (index.Find(run) is null)
                    unknown.Add(run);
            }
            await Enter(unknown, cancellation);
            swept = now;
            waking.GoOn();
            await HaveUndecidedGoOn(now - SweepOverlap);
            await LookAtSome(cancellation);
            return true;
        }
        catch (IOException failure)
        {
            Retried(failure);
            SweepFailed(failure, Shard);
            return false;
        }
    }

    /// <summary>Resumes runs whose silo died between the submission and the flavor's answer.</summary>
    private async Task HaveUndecidedGoOn(DateTimeOffset before)
    {
        foreach (var run in Open().Where(run => run.IsInterrupted && run.SubmittedAt <= before).ToArray())
            await waking.Wake(run.Key);
    }

    /// <summary>
    /// Rereads the journals of the next few open runs, and so of all of them in turn. A silo that was declared dead
    /// while paused may still write when it resumes, and no other silo learns of that. The reread at the time of its
    /// death came too early, or the store was away.
    /// </summary>
    private async Task LookAtSome(CancellationToken cancellation)
    {
        if (toLookAt.Count == 0)
        {
            foreach (var run in open)
                toLookAt.Enqueue(run);
        }
        var some = new List<RunKey>();
        while (some.Count < services.Options.LooksPerSweep && toLookAt.TryDequeue(out var run))
            some.Add(run);
        await Enter(some, cancellation);
        await TellClosed(some);
        foreach (var run in some)
            index.RetryFollower(run);
        // A silo that died may have recorded a width that it did not tell the flavor.
        foreach (var run in some.Where(run => index.Find(run) is { MayHaveUntoldWidth: true }))
            await waking.Wake(run);
    }

    /// <summary>
    /// Notifies runs that have ended in their flavor but do not know it, because their silo died before it got the
    /// flavor's answer. The caller that reported the end usually repeats the report, but need not; until then the run
    /// would report itself as running or waiting.
    /// </summary>
    private async Task TellClosed(IReadOnlyList<RunKey> some)
    {
        var decided = some.Select(index.Find).OfType<RunRecord>()
            .Where(run => run is { IsDecided: true, IsOver: false });
        foreach (var runs in decided.GroupBy(run => run.Spec.Resources.GpuType, run => run.Key))
        {
            try
            {
                foreach (var fact in await services.Fleet.Flavor(runs.Key).FindClosed([.. runs]))
                    await services.Fleet.Run(fact.Run).Notify(fact);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Retried(failure);
                TellFailed(failure, runs.Key);
            }
        }
    }

    private void Retried(Exception failure) => services.Options.Retried?.Invoke("listing", failure);

    private async Task LookAgain()
    {
        try
        {
            await Enter([.. open], CancellationToken.None);
        }
        catch (IOException failure)
        {
            Retried(failure);
            SweepFailed(failure, Shard);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Shard {Shard} of the listing could not look at the journals; it is tried again.")]
    private partial void SweepFailed(Exception failure, int shard);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Shard {Shard} of the listing could not move {Runs} ended runs to the history; it is tried again.")]
    private partial void EndedFailed(Exception failure, int shard, int runs);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The journal of run {Run} cannot be read; the run is left out of the listing.")]
    private partial void RunUnreadable(Exception failure, RunKey run);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Runs of flavor {Flavor} that may have missed their end could not be told; it is tried again.")]
    private partial void TellFailed(Exception failure, string flavor);
}

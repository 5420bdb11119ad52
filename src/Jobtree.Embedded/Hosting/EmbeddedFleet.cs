using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Journal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// A fleet in this process with its journal on disk. Inside, messages do not wait for the disk; a question or command
/// is answered, and an executor is told, when everything decided up to then is on it.
/// </summary>
public sealed partial class EmbeddedFleet : IAsyncDisposable
{
    private const string HostKind = "embedded";

    private readonly LogHolder holder = new();
    private readonly EmbeddedFleetOptions options;
    private readonly DurableExecutor executor;
    private readonly SnapshotSchedule snapshots;
    private readonly ILogger logger;
    private int failureTold;
    private int closed;

    private EmbeddedFleet(EmbeddedFleetOptions options, ILocalExecutor localExecutor, ILoggerFactory loggers)
    {
        this.options = options;
        logger = loggers.CreateLogger<EmbeddedFleet>();
        executor = new DurableExecutor(holder, localExecutor, loggers.CreateLogger<DurableExecutor>());
        snapshots = new SnapshotSchedule(holder, options, Snapshot, logger);
        Fleet = new LocalFleet(new LocalFleetOptions
        {
            Time = options.Time,
            Journals = actor => new LogJournal(holder, actor),
            // Nobody here starts anything for the external executor, so no order need wait for the disk, nor be given
            // again at a restart.
            Executor = localExecutor is ExternalExecutor ? null : executor,
            Scheduler = options.Scheduler,
        });
        Fleet.DeliveryFailed += Tell;
        Operations = new FleetOperations(Fleet, options.Time, Kept, options.Limits);
    }

    /// <summary>The actors.</summary>
    public LocalFleet Fleet { get; }

    /// <summary>
    /// The operations; their answers say only what is durable. When the journal has failed they are all unavailable.
    /// </summary>
    public FleetOperations Operations { get; }

    /// <summary>What was read at the start.</summary>
    public RecoveryReport Recovery => holder.Log.Recovery;

    /// <summary>Why nothing more can be decided; null: it can. Says nothing about this machine's paths.</summary>
    public string? NotReadyBecause => holder.Log.Failure is null ? null
        : "The journal could not be written; nothing more is decided until the host is started again. The host's log says why.";

    /// <summary>Counters of the journal.</summary>
    public JournalStatistics Statistics => holder.Log.Statistics;

    /// <summary>Opens the fleet of a folder, or begins one: reads the journal, goes on where it ended.</summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JournalLockedException">Another process has the folder open.</exception>
    /// <exception cref="JournalDamagedException">The journal is damaged; nothing was changed.</exception>
    public static Task<EmbeddedFleet> Open(EmbeddedFleetOptions options, CancellationToken cancellation = default) =>
        Open(options, new ExternalExecutor(), NullLoggerFactory.Instance, cancellation);

    /// <summary>Opens the fleet of a folder with an executor of this process.</summary>
    internal static async Task<EmbeddedFleet> Open(EmbeddedFleetOptions options, ILocalExecutor executor,
        ILoggerFactory loggers, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SnapshotEvery, 1);
        var fleet = new EmbeddedFleet(options, executor, loggers);
        try
        {
            var journal = new JournalOptions
            {
                Folder = Path.Combine(options.Folder, "journal"),
                Durable = options.Durable,
                BatchWritten = options.Metrics is { } metrics ? (took, records) =>
                    metrics.Appended(HostKind, "append", took, records) : null,
            };
            using (var reader = new RecoveryReader(fleet.Fleet))
            {
                fleet.holder.Log = JournalLog.Open(journal, reader, options.Disk, options.Time, cancellation);
                await reader.Finish();
            }
            fleet.snapshots.Covered(fleet.Recovery.LastLsn - fleet.Recovery.Records);
            executor.Begin(fleet.Fleet);
            var takenUp = await executor.TakenUp();
            await fleet.Fleet.Resume();
            await fleet.EndStrays(takenUp);
            fleet.snapshots.Begin();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until all that was decided so far is on the disk.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JournalFailedException">It never will be.</exception>
    public ValueTask Kept(CancellationToken cancellation = default)
    {
        var log = holder.Log;
        if (log.Failure is { } failure)
            return ValueTask.FromException(failure);
        return options.Durable ? log.WaitDurable(log.LastLsn, cancellation) : ValueTask.CompletedTask;
    }

    /// <summary>Writes the state of every actor, so that the next start need not read what came before.</summary>
    /// <param name="cancellation">Gives up.</param>
    public async Task Snapshot(CancellationToken cancellation = default)
    {
        var began = options.Time.GetTimestamp();
        using var snapshot = await holder.Log.BeginSnapshot(cancellation);
        await foreach (var (actor, sequence, state) in Fleet.Snapshots().WithCancellation(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            snapshot.Add(actor.ToString(), sequence, state);
        }
        await snapshot.Commit(cancellation);
        snapshots.Covered(snapshot.FirstLsn);
        options.Metrics?.Appended(HostKind, "snapshot", options.Time.GetElapsedTime(began), snapshot.Actors);
        options.Metrics?.Succeeded("snapshot", options.Time.GetUtcNow());
    }

    /// <summary>Ends the timers and closes the journal when it has all that was appended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref closed, 1) != 0)
            return;
        await snapshots.DisposeAsync();
        await Fleet.DisposeAsync();
        await executor.DisposeAsync();
        Fleet.DeliveryFailed -= Tell;
        if (holder.IsOpen)
            await holder.Log.DisposeAsync();
    }

    private async Task EndStrays(IReadOnlyList<(RunKey Run, int Attempt)> takenUp)
    {
        foreach (var (run, attempt) in takenUp)
        {
            if (await Fleet.Run(run).Get() is not { Phase: RunPhase.Running } record || record.Attempt != attempt)
                await executor.Stop(new ExecutionStop(run, attempt, LeaseEndReason.Cancelled));
        }
    }

    private void Tell(Exception failure)
    {
        if (holder.Log.Failure is not { } broken)
            DeliveryFailed(failure);
        else if (Interlocked.Exchange(ref failureTold, 1) == 0)
            JournalFailed(broken);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Facts could not be delivered; they are delivered again with the flavor's next turn.")]
    private partial void DeliveryFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The journal failed; nothing more is decided until the host is started again.")]
    private partial void JournalFailed(Exception failure);
}

using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Journal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// A fleet in this process with its journal on disk. Inside, messages do not wait for the disk; a command is answered, and an executor is told, when everything decided up to then is on it.
/// </summary>
public sealed partial class EmbeddedFleet : IAsyncDisposable
{
    private readonly LogHolder holder = new();
    private readonly EmbeddedFleetOptions options;
    private readonly DurableExecutor executor;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private Task snapshots = Task.CompletedTask;
    private long snapshotLsn;

    private EmbeddedFleet(EmbeddedFleetOptions options, ILocalExecutor localExecutor, ILoggerFactory loggers)
    {
        this.options = options;
        logger = loggers.CreateLogger<EmbeddedFleet>();
        executor = new DurableExecutor(holder, localExecutor, loggers.CreateLogger<DurableExecutor>());
        Fleet = new LocalFleet(new LocalFleetOptions
        {
            Time = options.Time,
            Journals = actor => new LogJournal(holder, actor),
            Executor = executor,
            Scheduler = options.Scheduler,
        });
        Fleet.DeliveryFailed += DeliveryFailed;
        Operations = new FleetOperations(Fleet, options.Time, Kept);
    }

    /// <summary>The actors.</summary>
    public LocalFleet Fleet { get; }

    /// <summary>The operations; commands are answered when they are durable.</summary>
    public FleetOperations Operations { get; }

    /// <summary>What was read at the start.</summary>
    public RecoveryReport Recovery => holder.Log.Recovery;

    /// <summary>Why nothing more can be decided; null: it can.</summary>
    public string? NotReadyBecause => holder.Log.Failure?.Message;

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
    internal static async Task<EmbeddedFleet> Open(EmbeddedFleetOptions options, ILocalExecutor executor, ILoggerFactory loggers, CancellationToken cancellation = default)
    {
        var fleet = new EmbeddedFleet(options, executor, loggers);
        try
        {
            fleet.holder.Log = JournalLog.Open(
                new JournalOptions { Folder = Path.Combine(options.Folder, "journal"), Durable = options.Durable }, new RecoveryReader(fleet.Fleet), options.Time, cancellation);
        }
        catch
        {
            await fleet.executor.DisposeAsync();
            throw;
        }
        fleet.snapshotLsn = fleet.Recovery.LastLsn - fleet.Recovery.Records;
        executor.Begin(fleet.Fleet);
        await fleet.Fleet.Resume();
        fleet.snapshots = Task.Run(fleet.SnapshotNowAndThen, CancellationToken.None);
        return fleet;
    }

    /// <summary>Waits until all that was decided so far is on the disk.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    public ValueTask Kept(CancellationToken cancellation = default) => options.Durable ? holder.Log.WaitDurable(holder.Log.LastLsn, cancellation) : ValueTask.CompletedTask;

    /// <summary>Writes the state of every actor, so that the next start need not read what came before.</summary>
    /// <param name="cancellation">Gives up.</param>
    public async Task Snapshot(CancellationToken cancellation = default)
    {
        using var snapshot = await holder.Log.BeginSnapshot(cancellation);
        await foreach (var (actor, sequence, state) in Fleet.Snapshots().WithCancellation(cancellation))
            snapshot.Add(actor.ToString(), sequence, state);
        await snapshot.Commit(cancellation);
        snapshotLsn = snapshot.FirstLsn;
    }

    /// <summary>Ends the timers and closes the journal when it has all that was appended.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await snapshots;
        await Fleet.DisposeAsync();
        await executor.DisposeAsync();
        await holder.Log.DisposeAsync();
        closing.Dispose();
    }

    private async Task SnapshotNowAndThen()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                if (holder.Log.LastLsn - snapshotLsn >= options.SnapshotEvery)
                    await Snapshot(closing.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The host closes; the journal alone is enough to start from.
        }
        catch (Exception failure) when (failure is IOException or JournalFailedException or InvalidOperationException)
        {
            SnapshotFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Facts could not be delivered; they are delivered again with the flavor's next turn.")]
    private partial void DeliveryFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "A snapshot could not be written; the journal grows until the host is started again.")]
    private partial void SnapshotFailed(Exception failure);
}

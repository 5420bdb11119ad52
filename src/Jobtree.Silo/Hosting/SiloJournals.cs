using Jobtree.Actors.Ports;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Journal;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Journals.Disk;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The journals for a program that builds its own silo, without the API, dashboard and command line of
/// <c>jobtree-silo</c>. Open them before the silo is built, and dispose of them after it has stopped.
/// </summary>
public sealed class SiloJournals : IAsyncDisposable
{
    private readonly GrainStates states;

    /// <summary>Uses the program's own journals.</summary>
    /// <param name="journals">The journals; disposed of with this object if they are disposable.</param>
    public SiloJournals(IActorJournals journals) : this(journals, null, new GrainStates())
    {
    }

    private SiloJournals(IActorJournals journals, IRunHistoryStore? history, GrainStates states) =>
        (Journals, History, this.states) = (journals, history, states);

    /// <summary>The journals.</summary>
    public IActorJournals Journals { get; }

    /// <summary>The runs that ended; null: only the journals keep them.</summary>
    public IRunHistoryStore? History { get; }

    /// <summary>The report of the recovery of the log on disk; null: the journals are not on disk.</summary>
    public RecoveryReport? Recovery => (Journals as DiskJournals)?.Recovery;

    /// <summary>Opens or creates the log in a data folder. Returns when it has been read.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="snapshotEvery">The number of records between snapshots.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public static SiloJournals OnDisk(
        string folder, long snapshotEvery = 500_000, CancellationToken cancellation = default)
    {
        var states = new GrainStates();
        var options = new DiskJournalOptions { Folder = folder, SnapshotEvery = snapshotEvery };
        var journals = DiskJournals.Open(
            options, states.Of, NullLogger<DiskJournals>.Instance, TimeProvider.System, cancellation);
        return new SiloJournals(journals, SqliteHistory.Open(OneMachine.HistoryOf(folder)), states);
    }

    /// <summary>Opens the journals of a cluster.</summary>
    /// <param name="redis">The StackExchange.Redis connection string.</param>
    /// <param name="service">The cluster's service id, the prefix of all keys.</param>
    /// <param name="historyPostgres">The Npgsql connection string of the history; null: runs that ended are kept only
    /// while they are listed.</param>
    /// <param name="stateFolder">The folder in which the silo keeps what it knows that Redis has, so that it finds out
    /// at its start if Redis has lost records; null: it knows that only while it runs.</param>
    /// <exception cref="IOException">The history is of a later version, or of another cluster; or the state folder
    /// cannot be used.</exception>
    public static async Task<SiloJournals> InRedis(
        string redis, string service, string? historyPostgres = null, string? stateFolder = null)
    {
        var journals = await RedisJournals.Open(
            new RedisJournalOptions
            {
                Configuration = ConfigurationOptions.Parse(redis),
                Service = service,
                StateFolder = stateFolder,
            },
            NullLogger<RedisJournals>.Instance, TimeProvider.System);
        try
        {
            var history = historyPostgres is null ? null : await PostgresHistory.Open(
                new PostgresHistoryOptions
                {
                    Connection = new NpgsqlConnectionStringBuilder(historyPostgres),
                    Service = service,
                },
                NullLogger<PostgresHistory>.Instance, TimeProvider.System);
            return new SiloJournals(journals, history, new GrainStates());
        }
        catch
        {
            await journals.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes a snapshot of the log on disk now, so that the next start reads no older records.</summary>
    /// <param name="cancellation">Cancels the snapshot.</param>
    /// <exception cref="InvalidOperationException">The journals are not on disk.</exception>
    public Task Snapshot(CancellationToken cancellation = default) => Journals is DiskJournals disk
        ? disk.Snapshot(cancellation)
        : throw new InvalidOperationException("Only a log on disk has snapshots of all actors.");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Journals is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        if (History is IAsyncDisposable history)
            await history.DisposeAsync();
    }

    /// <summary>
    /// Adds the grains, these journals, and the metrics of grain calls. The program chooses clustering and reminders.
    /// </summary>
    /// <param name="silo">The silo.</param>
    public void AddFleetTo(ISiloBuilder silo)
    {
        silo.Services.AddSingleton(TimeProvider.System).AddMetrics().AddSingleton<FleetMetrics>();
        silo.AddIncomingGrainCallFilter<GrainCallMeter>();
        silo.Services.AddSingleton(Journals);
        if (History is not null)
            silo.Services.AddSingleton(History);
        silo.AddJobtreeGrains();
        silo.AddStartupTask((provider, _) =>
        {
            states.Grains = provider.GetRequiredService<IGrainFactory>();
            return Task.CompletedTask;
        });
    }
}

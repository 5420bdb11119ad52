using Jobtree.Actors.Ports;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Journal;
using Jobtree.Silo.Journals.Disk;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The journals of a silo that a program composes itself, without the API, the dashboard and the command line of
/// <c>jobtree-silo</c>. They are opened before the silo is built, and disposed of after it has stopped.
/// </summary>
public sealed class SiloJournals : IAsyncDisposable
{
    private readonly GrainStates states;

    /// <summary>Journals of the program's own.</summary>
    /// <param name="journals">The journals; disposed of with this, if they can be.</param>
    public SiloJournals(IActorJournals journals) : this(journals, new GrainStates())
    {
    }

    private SiloJournals(IActorJournals journals, GrainStates states) => (Journals, this.states) = (journals, states);

    /// <summary>The journals.</summary>
    public IActorJournals Journals { get; }

    /// <summary>What was read when the log on disk was opened; null: there is none.</summary>
    public RecoveryReport? Recovery => (Journals as DiskJournals)?.Recovery;

    /// <summary>Opens the log in a data folder, or begins one. Returns when it is read.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="snapshotEvery">After how many records a snapshot is taken.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static SiloJournals OnDisk(
        string folder, long snapshotEvery = 500_000, CancellationToken cancellation = default)
    {
        var states = new GrainStates();
        var options = new DiskJournalOptions { Folder = folder, SnapshotEvery = snapshotEvery };
        return new SiloJournals(DiskJournals.Open(
            options, states.Of, NullLogger<DiskJournals>.Instance, TimeProvider.System, cancellation), states);
    }

    /// <summary>Opens the journals of a cluster.</summary>
    /// <param name="redis">Where Redis is, as StackExchange.Redis writes it.</param>
    /// <param name="service">The cluster's service id, which all keys begin with.</param>
    public static async Task<SiloJournals> InRedis(string redis, string service) =>
        new(await RedisJournals.Open(
            new RedisJournalOptions { Configuration = ConfigurationOptions.Parse(redis), Service = service },
            NullLogger<RedisJournals>.Instance, TimeProvider.System));

    /// <summary>Takes a snapshot of the log on disk now, so that the next start reads nothing older.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The journals are not on disk.</exception>
    public Task Snapshot(CancellationToken cancellation = default) => Journals is DiskJournals disk
        ? disk.Snapshot(cancellation)
        : throw new InvalidOperationException("Only a log on disk has snapshots of all actors.");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Journals is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }

    /// <summary>
    /// Adds the grains, these journals, and the metrics of calls. The program chooses clustering and reminders.
    /// </summary>
    /// <param name="silo">The silo.</param>
    public void AddFleetTo(ISiloBuilder silo)
    {
        silo.Services.AddSingleton(TimeProvider.System).AddMetrics().AddSingleton<FleetMetrics>();
        silo.AddIncomingGrainCallFilter<GrainCallMeter>();
        silo.Services.AddSingleton(Journals);
        silo.AddJobtreeGrains();
        silo.AddStartupTask((provider, _) =>
        {
            states.Grains = provider.GetRequiredService<IGrainFactory>();
            return Task.CompletedTask;
        });
    }
}

using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Wire;
using Jobtree.Journal;
using Jobtree.Manifests;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Journals.Disk;
using Jobtree.Silo.Tests.Dashboard;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Journals;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.TestingHost;

namespace Jobtree.Silo.Tests.Restarts;

/// <summary>
/// A silo in this process over a log on disk, under a clock that the test moves. The test can close it, open it again,
/// or open it as if it had been killed when its log had grown to some place.
/// </summary>
internal sealed class DiskFleet : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private InProcessTestCluster? cluster;

    public SettableTime Time { get; } = new();

    public string Data => folder.Of("data");

    public DiskJournals Journals { get; private set; } = null!;

    public SqliteHistory History { get; private set; } = null!;

    /// <summary>How many ended runs are listed.</summary>
    public int EndedListedMax { get; init; } = new GrainOptions().EndedListedMax;

    /// <summary>What the silo is given for the history.</summary>
    public Func<SqliteHistory, IRunHistoryStore> HistoryOfSilo { get; init; } = static history => history;

    /// <summary>Sees the calls of grains before they do.</summary>
    public IIncomingGrainCallFilter? Filter { get; set; }

    public RecordedExecutor Executor { get; private set; } = null!;

    /// <summary>The actors, as the silo's own services reach them.</summary>
    public GrainFleet Actors => cluster!.Silos.Single().ServiceProvider.GetRequiredService<GrainFleet>();

    public IOperations Operations => cluster!.Client.GetGrain<IOperationsGrain>(0);

    public async Task Open(IReadOnlyList<(RunKey Run, int Attempt)>? left = null, IJournalDisk? disk = null)
    {
        var states = new GrainStates();
        Executor = new RecordedExecutor(left ?? []);
        Journals = DiskJournals.Open(
            new DiskJournalOptions { Folder = Data, Disk = disk ?? new JournalDisk() }, states.Of,
            NullLogger<DiskJournals>.Instance, Time, default);
        History = SqliteHistory.Open(OneMachine.HistoryOf(Data));
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => Configure(silo));
        builder.ConfigureHost(host => host.Logging.ClearProviders());
        builder.ConfigureClient(client => client.Services.AddJobtreeWire());
        cluster = builder.Build();
        await cluster.DeployAsync();
        states.Grains = cluster.Client;
    }

    /// <summary>Opens a fleet of eight nodes.</summary>
    public async Task Begin(IJournalDisk? disk = null)
    {
        await Open(disk: disk);
        await Apply(Documents.Fleet());
    }

    /// <summary>Ends the silo, after the executor has had all its orders.</summary>
    public async Task Close()
    {
        if (cluster is null)
            return;
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
        cluster = null;
        await Journals.DisposeAsync();
        await History.DisposeAsync();
    }

    public async Task Restart()
    {
        await Close();
        await Open();
    }

    /// <summary>Opens the fleet as if its process had been killed when the log had grown to some place.</summary>
    public async Task<DiskFleet> OpenAsIfKilledAt(JournalPosition at)
    {
        var cut = new DiskFleet();
        cut.Time.Now = Time.Now;
        var journal = Directory.CreateDirectory(Path.Combine(cut.Data, "journal")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Data, "journal")).Select(Path.GetFileName))
        {
            if (file is not ("lock" or "stopped"))
                File.Copy(Path.Combine(Data, "journal", file!), Path.Combine(journal, file!));
        }
        // The history is written by itself: it may be ahead of the place, as after a crash.
        foreach (var file in Directory.GetFiles(Data, "history.db*"))
            File.Copy(file, Path.Combine(cut.Data, Path.GetFileName(file)));
        using (var log = File.Open(Path.Combine(journal, Path.GetFileName(at.File)), FileMode.Open))
            log.SetLength(at.Offset);
        await cut.Open();
        return cut;
    }

    public async Task<IReadOnlyList<Applied>> Apply(params object[] documents) => Value(await Try(documents));

    public Task<Result<IReadOnlyList<Applied>>> Try(params object[] documents)
    {
        var read = ManifestReader.Read(JsonSerializer.Serialize(documents));
        Assert.Empty(read.Errors);
        return Operations.Apply(read.Manifests, Guid.NewGuid().ToString("N"));
    }

    /// <summary>A day at the fleet: runs start, wait, are reserved, cut, completed and cancelled.</summary>
    public async Task Live(int first = 0, int runs = 60)
    {
        var random = new Random(first + 7);
        for (var i = first; i < first + runs; i++)
        {
            await Apply(Documents.Run($"run-{i:D3}", random.Next(1, 20), i % 3 == 0 ? "org:guest" : "org:ai"));
            Time.Now += TimeSpan.FromMinutes(random.Next(5));
            var other = Key($"run-{random.Next(i + 1):D3}");
            if (i % 4 == 1)
                await Operations.CompleteRun(other, i % 8 == 1, "exit", $"complete-{i}");
            else if (i % 9 == 2)
                await Operations.CancelRun(other, $"cancel-{i}");
        }
    }

    /// <summary>Everything that can be asked of the fleet, as text.</summary>
    public async Task<string> Everything()
    {
        await Settle();
        var text = new StringBuilder();
        foreach (var run in await Runs())
        {
            text.AppendLine(
                Encoding.UTF8.GetString(ManifestWriter.ToJson(Value(await Operations.GetRun(run.Key)))));
            text.AppendLine(JsonSerializer.Serialize(
                Value(await Operations.ExplainRun(run.Key)), OperationsJson.Default.Explanation));
        }
        text.AppendLine(JsonSerializer.Serialize(
            Value(await Operations.ListFlavors()), OperationsJson.Default.IReadOnlyListFlavorView));
        text.AppendLine(JsonSerializer.Serialize(
            Value(await Operations.ListReservations()), OperationsJson.Default.IReadOnlyListReservationView));
        text.AppendLine(JsonSerializer.Serialize(
            Value(await Operations.BudgetsUsage()), OperationsJson.Default.IReadOnlyListEnvelopeUsage));
        text.AppendLine(JsonSerializer.Serialize(
            Value(await Operations.Audit()), OperationsJson.Default.AuditReport));
        return text.ToString();
    }

    public async Task<IReadOnlyList<RunManifest>> Runs(RunPhase? phase = null) =>
        Value(await Operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax, Phase = phase })).Items;

    /// <summary>Delivers and serves whatever is due, and brings the listing up to date.</summary>
    public async Task Settle()
    {
        while ((await cluster!.Client.GetGrain<IFlavorGrain>(Documents.Flavor).Settle()).HadWork)
        {
        }
        await Actors.Index.Flush();
    }

    /// <summary>Has ended runs leave: into the history, out of the journals and, if they are many, out of the listing.
    /// </summary>
    public async Task MoveEnded()
    {
        await Settle();
        for (var step = 0; step < 2; step++)
        {
            for (var shard = 0; shard < RunShard.Count; shard++)
                await cluster!.Client.GetGrain<IRunIndexGrain>(shard).MoveEnded();
            Time.Now += TimeSpan.FromSeconds(3);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Close();
        folder.Dispose();
    }

    public static RunKey Key(string run) => new(RunKey.DefaultNamespace, run);

    public static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }

    private void Configure(ISiloBuilder silo)
    {
        silo.Services.AddSingleton(HistoryOfSilo(History));
        silo.Services.AddSingleton<IActorJournals>(Journals).AddMetrics().AddSingleton<FleetMetrics>();
        silo.Services.AddSingleton(provider => new DurableExecutor(
            Executor, Journals, provider, provider.GetRequiredService<FleetMetrics>(), Time,
            provider.GetRequiredService<ILogger<DurableExecutor>>()));
        silo.Services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<DurableExecutor>());
        silo.Services.AddSingleton<IFleetAccess, OpenFleet>();
        silo.AddJobtreeGrains(new GrainOptions
        {
            Clock = Time,
            Stepped = true,
            EndedListedMax = EndedListedMax,
            TellsExecutorAgain = true,
            LooksPerSweep = 0,
        });
        silo.UseInMemoryReminderService();
        if (Filter is not null)
            silo.AddIncomingGrainCallFilter(Filter);
        silo.Services.AddHostedService(provider => provider.GetRequiredService<DurableExecutor>());
    }
}

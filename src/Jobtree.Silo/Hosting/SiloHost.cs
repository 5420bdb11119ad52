using System.Diagnostics.Metrics;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Api;
using Jobtree.Api.Losses;
using Jobtree.Api.Observing;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Commands;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Dashboard;
using Jobtree.Silo.Gateways;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Hosting.Links;
using Jobtree.Silo.Journals;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Logging;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo's life: open the journals, join the cluster, serve, drain, hand over the grains.</summary>
internal static class SiloHost
{
    /// <summary>How long requests in flight and the handover of grains may take, on top of the drain.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(45);

    /// <summary>Runs a silo until it is asked to stop.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="cancellation">Asks it to stop.</param>
    /// <param name="serving">Told the API's address once it can be asked.</param>
    public static async Task Run(UpSettings settings, ClusterSettings cluster, CancellationToken cancellation,
        Action<Uri>? serving = null)
    {
        OpenFiles.Check();
        settings.Check();
        using var loggers = LoggerFactory.Create(logging => logging.AddSiloLog(settings.Log));
        var askers = new Askers(settings.Api.AsksForTokens);
        await using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new FleetMetrics(meters.GetRequiredService<IMeterFactory>());
        CertificateDates.Show(metrics, settings.Api, cluster.Certificates);
        var states = new GrainStates();
        var clock = LedgerClock.OfSystem();
        var began = clock.GetTimestamp();
        using var runs = new RunLog(loggers, askers, TimeProvider.System);
        var changes = new ChangeLog(loggers, askers);
        var announcements = new Announcements(settings.Log, loggers);
        using var ports = BoundPorts.Bind(settings.Api, cluster);
        await using var storage = cluster.Redis is null
            ? await OneMachine.Open(settings, states, metrics, clock, loggers, cancellation)
            : await RedisCluster.Open(settings, cluster, metrics, clock, loggers);
        await using var app = Build(settings, cluster, ports, storage, clock, metrics, runs, changes, announcements);
        await app.StartAsync(cancellation);
        states.Grains = app.Services.GetRequiredService<IGrainFactory>();
        foreach (var line in storage.StartMessage.Split(Environment.NewLine))
            announcements.Say(line);
        foreach (var line in StartReport.Lines(settings, cluster, ports, clock.GetElapsedTime(began)))
            announcements.Say(line);
        serving?.Invoke(new Uri($"http://{ports.Api}/"));
        await JournalFailure.EndsProcess(app.WaitForShutdownAsync(cancellation), storage.Failed);
        if (app.Services.GetService<LinkWatch>()?.LeavesBecause is { } broken)
            throw new IOException(broken);
    }

    private static WebApplication Build(
        UpSettings settings, ClusterSettings cluster, BoundPorts ports, SiloStorage storage, LedgerClock clock,
        FleetMetrics metrics, RunLog runs, ChangeLog changes, Announcements announcements)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // A stray settings file or variable must not open another address.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders().AddSiloLog(settings.Log);
        var services = builder.Services;
        // Orleans uses this clock too: its activation collector rejects new activations when time steps back.
        services.AddSingleton<TimeProvider>(clock).AddSingleton(clock);
        services.AddSingleton(metrics).AddSingleton(cluster).AddSingleton(storage.Journals)
            .AddSingleton(storage.Audit);
        if (storage.History is not null)
            services.AddSingleton(storage.History);
        if (storage.Journals is RedisJournals journals)
            services.AddSingleton<IStoreLosses>(provider => new ClusterLosses(
                journals, provider.GetRequiredService<IFleet>(), clock))
                .AddSingleton(journals.Links).AddSingleton<LinkWatch>()
                .AddHostedService(static provider => provider.GetRequiredService<LinkWatch>());
        if (storage.Clock is not null)
            services.AddSingleton(storage.Clock);
        services.AddSingleton<SiloHealth>().AddSingleton<FleetSpeaker>().AddSingleton<Canary>();
        var nodes = new ReportedNodes(clock);
        services.AddSingleton(nodes);
        builder.AddTelemetry(cluster.ServiceId, settings.Telemetry);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = cluster.Drain + StopPatience);
        services.AddSingleton(storage.Gauge);
        services.AddHostedService<DrainService>().AddHostedService<ClockWatch>().AddHostedService<StorageWatch>();
        // Services start in this order: the silo, the services that need grains, the server.
        builder.UseOrleans(silo => Configure(
            silo, settings, cluster, ports, storage, clock, metrics, runs, changes, nodes));
        AddExecutor(services, storage);
        services.AddHostedService(provider => provider.GetRequiredService<Canary>());
        if (storage.Demo is { } demo)
            services.AddHostedService(provider => new DemoService(
                demo, provider.GetRequiredService<IOperations>(), announcements));
        WebApplication? app = null;
        services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = ports.Take);
        builder.AddJobtreeApi(settings.Api with
        {
            Port = ports.Api.Port,
            MetricsEndpoint = ports.Metrics,
            DescriptorEighths = ports.Silo is null && ports.Gateway is null ? settings.Api.DescriptorEighths
                : ConnectionBounds.ApiEighths,
            NotReadyBecause = () => app!.Services.GetRequiredService<SiloHealth>().NotReadyBecause,
            NotAliveBecause = () => app!.Services.GetRequiredService<SiloHealth>().NotAliveBecause,
            TellsFleet = () => app!.Services.GetRequiredService<FleetSpeaker>().IsThis,
            ObserveRuns = false,
        });
        app = builder.Build();
        app.UseJobtreeApi();
        app.UseGuardedDashboard();
        return app;
    }

    private static void Configure(ISiloBuilder silo, UpSettings settings, ClusterSettings cluster, BoundPorts ports,
        SiloStorage storage, LedgerClock clock,
        FleetMetrics metrics, RunLog runs, ChangeLog changes, ReportedNodes nodes)
    {
        silo.UseCluster(cluster, ports, clock);
        silo.AddIncomingGrainCallFilter<GrainCallMeter>();
        if (SiloTelemetry.TargetOf(settings.Telemetry) is not null)
            silo.AddActivityPropagation();
        silo.AddGuardedDashboard();
        silo.AddJobtreeGrains(new GrainOptions
        {
            Clock = clock,
            Scheduler = settings.Scheduler,
            Limits = new RunLimits(settings.OpenRunsMax),
            EndedListedMax = settings.EndedListedMax,
            EndedListedFor = settings.EndedListedFor,
            TellsExecutorAgain = storage.Executor is not null,
            LooksPerSweep = cluster.Redis is null ? 0 : new GrainOptions().LooksPerSweep,
            Observer = new FleetMeter(metrics, clock),
            Recorded = runs.Recorded,
            Changed = changes.Changed,
            Retried = (component, failure) => metrics.Retried(component, FailureWord.Of(failure)),
            Passed = (loop, took, succeeded) => metrics.Passed(loop, took, succeeded ? clock.GetUtcNow() : null),
            ReportedRuns = new ReportedRuns(clock, settings.RunSeriesMax,
                () => metrics.TelemetryNotTaken("run", "series-limit")),
            ReportedNodes = nodes,
        });
    }

    private static void AddExecutor(IServiceCollection services, SiloStorage storage)
    {
        if (storage.Executor is not { } executor)
            return;
        services.AddSingleton(provider => new DurableExecutor(
            executor, storage.Journals, provider, provider.GetRequiredService<FleetMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DurableExecutor>>()));
        services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<DurableExecutor>());
        services.AddHostedService(provider => provider.GetRequiredService<DurableExecutor>());
        if (executor.Logs is { } logs)
            services.AddSingleton(logs);
    }
}

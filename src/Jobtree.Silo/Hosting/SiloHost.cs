using System.Diagnostics.Metrics;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api;
using Jobtree.Silo.Commands;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Dashboard;
using Jobtree.Silo.Hosting;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo's life: open the journals, join the cluster, serve, drain, hand the grains over.</summary>
internal static class SiloHost
{
    /// <summary>How long requests in flight may take to end and grains to be handed over, beside the drain.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(45);

    public static async Task Run(UpSettings settings, ClusterSettings cluster, CancellationToken cancellation)
    {
        settings.Check();
        using var loggers = LoggerFactory.Create(Log);
        await using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new FleetMetrics(meters.GetRequiredService<IMeterFactory>());
        var states = new GrainStates();
        var began = TimeProvider.System.GetTimestamp();
        using var ports = BoundPorts.Bind(settings.Api, cluster);
        await using var keeping = cluster.Redis is null
            ? await OneMachine.Open(settings, states, metrics, loggers, cancellation)
            : await RedisCluster.Open(settings, cluster, loggers);
        await using var app = Build(settings, cluster, ports, keeping, metrics);
        await app.StartAsync(cancellation);
        states.Grains = app.Services.GetRequiredService<IGrainFactory>();
        await Console.Out.WriteLineAsync(keeping.Told);
        foreach (var line in StartReport.Lines(settings, cluster, ports, TimeProvider.System.GetElapsedTime(began)))
            await Console.Out.WriteLineAsync(line);
        await JournalFailure.EndsProcess(app.WaitForShutdownAsync(cancellation), keeping.Failed, metrics);
    }

    private static WebApplication Build(
        UpSettings settings, ClusterSettings cluster, BoundPorts ports, SiloKeeping keeping, FleetMetrics metrics)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // A settings file or variable that happens to lie around must not open another address.
        builder.Configuration.Sources.Clear();
        Log(builder.Logging.ClearProviders());
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System).AddSingleton(metrics).AddSingleton(cluster).AddSingleton(
            keeping.Journals);
        services.AddSingleton<SiloStanding>().AddSingleton<FleetSpeaker>();
        builder.AddTelemetry(cluster.ServiceId);
        metrics.Observe(Catalogue.BreakerOpen, () => [Catalogue.BreakerOpen.Measure(
            keeping.Journals.AwayBecause is null ? 0 : 1, keeping.Dependency)]);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = cluster.Drain + StopPatience);
        services.AddHostedService<DrainService>();
        // The order is that of starting: the silo, what needs its grains, and last the server.
        builder.UseOrleans(silo => Configure(silo, settings, cluster, ports, keeping, metrics));
        AddExecutor(services, keeping);
        if (keeping.Demo is { } demo)
            services.AddHostedService(provider => new DemoService(demo, provider.GetRequiredService<IOperations>()));
        WebApplication? app = null;
        services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = ports.Take);
        builder.AddJobtreeApi(settings.Api with
        {
            Port = ports.Api.Port,
            NotReadyBecause = () => app!.Services.GetRequiredService<SiloStanding>().NotReadyBecause,
            NotAliveBecause = () => app!.Services.GetRequiredService<SiloStanding>().NotAliveBecause,
            TellsFleet = () => app!.Services.GetRequiredService<FleetSpeaker>().IsThis,
            ObserveRuns = false,
        });
        app = builder.Build();
        app.UseJobtreeApi();
        app.UseGuardedDashboard();
        return app;
    }

    private static void Configure(ISiloBuilder silo, UpSettings settings, ClusterSettings cluster, BoundPorts ports,
        SiloKeeping keeping, FleetMetrics metrics)
    {
        silo.UseCluster(cluster, ports);
        silo.AddIncomingGrainCallFilter<GrainCallMeter>();
        if (SiloTelemetry.HasCollector)
            silo.AddActivityPropagation();
        silo.AddGuardedDashboard();
        silo.AddJobtreeGrains(new GrainOptions
        {
            Limits = new RunLimits(settings.OpenRunsMax),
            TellsExecutorAgain = keeping.Executor is not null,
            LooksPerSweep = cluster.Redis is null ? 0 : new GrainOptions().LooksPerSweep,
            Ended = run => RunEndings.Count(metrics, run),
            Started = metrics.Started,
        });
    }

    private static void AddExecutor(IServiceCollection services, SiloKeeping keeping)
    {
        if (keeping.Executor is not { } executor)
            return;
        services.AddSingleton(provider => new KeptExecutor(
            executor, keeping.Journals, provider, provider.GetRequiredService<ILogger<KeptExecutor>>()));
        services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<KeptExecutor>());
        services.AddHostedService(provider => provider.GetRequiredService<KeptExecutor>());
        if (executor.Logs is { } logs)
            services.AddSingleton(logs);
    }

    private static void Log(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        })
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Orleans", LogLevel.Warning)
        // Orleans runs each activation and each placement through a resilience pipeline, which tells of every success.
        .AddFilter("Polly", LogLevel.Warning)
        // At every start the one advises another garbage collector, and the other takes the machine's uptime for a
        // stall.
        .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        // That the server or the silo cannot start is said once, in one line, by whoever started it.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
}

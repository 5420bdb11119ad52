using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Hosting;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Embedded.Commands;

/// <summary>The host's life: open the fleet, serve it, close it.</summary>
internal static class Host
{
    /// <summary>How long requests in flight may take to end when the host is asked to stop.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    public static async Task Run(UpSettings settings, CancellationToken cancellation)
    {
        settings.Check();
        DataFolder.Prepare(settings.Folder);
        var demo = new DemoFolder(settings.Folder);
        if (demo.IsNew && !settings.Empty)
            await demo.Mark(cancellation);
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        }).AddFilter("Microsoft", LogLevel.Warning));

        await using var executor = LocalExecutors.Create(
            demo.ExecutorOr(settings.Executor), settings.Folder, settings.SimulatedDuration, loggers);
        var metrics = new FleetMetrics(new MetricRegistry());
        var began = TimeProvider.System.GetTimestamp();
        await using var fleet = await EmbeddedFleet.Open(Options(settings, metrics), executor, loggers, cancellation);
        Tell(settings, fleet, TimeProvider.System.GetElapsedTime(began));
        if (demo.IsUnfinished)
            await demo.Begin(fleet.Operations, cancellation);

        await using var app = JobtreeApi.Create(
            fleet.Operations,
            settings.Api with { NotReadyBecause = () => fleet.NotReadyBecause },
            builder =>
            {
                if (executor.Logs is { } logs)
                    builder.Services.AddSingleton<IRunLogs>(logs);
                builder.Services.AddSingleton(metrics);
                builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopPatience);
                // That the server cannot start is said once, in one line, by whoever started it.
                builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
                    .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter(
                        "Microsoft.Hosting.Lifetime", LogLevel.Warning);
            });
        await app.StartAsync(cancellation);
        await Console.Out.WriteLineAsync(
            $"Serving {string.Join(", ", app.Urls)} (API document: /openapi/v1.json). Stop with Ctrl-C.");
        await app.WaitForShutdownAsync(cancellation);
    }

    private static EmbeddedFleetOptions Options(UpSettings settings, FleetMetrics metrics) => new()
    {
        Metrics = metrics,
        Folder = settings.Folder,
        SnapshotEvery = settings.SnapshotEvery,
        Limits = new RunLimits(settings.OpenRunsMax),
    };

    private static void Tell(UpSettings settings, EmbeddedFleet fleet, TimeSpan took)
    {
        var recovery = fleet.Recovery;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Embedded host on {settings.Folder}: {recovery.SnapshotActors} actors from a snapshot, {recovery.Records} journal records, {fleet.Fleet.RunCount} runs, in {took.TotalMilliseconds:0} ms."));
        if (recovery.TornTail is { } torn)
            Console.Out.WriteLine(
                $"The last write was cut off by a crash and never acknowledged; it was dropped: {torn}");
        foreach (var damaged in recovery.SnapshotsDamaged)
            Console.Out.WriteLine($"A snapshot is damaged and was passed over: {damaged.Message}");
    }
}

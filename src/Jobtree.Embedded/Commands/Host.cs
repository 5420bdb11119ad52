using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Api;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Executors.Processes;
using Jobtree.Embedded.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Embedded.Commands;

/// <summary>The host's life: open the fleet, serve it, close it.</summary>
internal static class Host
{
    public static async Task Run(UpSettings settings, CancellationToken cancellation)
    {
        if (settings.Api.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors));
        var demo = new DemoFolder(settings.Folder);
        var isDemo = demo.IsDemo || (!settings.Empty && demo.IsNew);
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        }).AddFilter("Microsoft", LogLevel.Warning));

        await using var executor = Executor(settings.Executor ?? (isDemo ? ExecutorKind.Simulated : ExecutorKind.External), settings, loggers);
        var began = TimeProvider.System.GetTimestamp();
        await using var fleet = await EmbeddedFleet.Open(new EmbeddedFleetOptions { Folder = settings.Folder }, executor, loggers, cancellation);
        Tell(settings, fleet, TimeProvider.System.GetElapsedTime(began));
        if (isDemo && !demo.IsDemo)
            await demo.Begin(fleet.Operations, cancellation);

        await using var app = JobtreeApi.Create(
            fleet.Operations,
            settings.Api with { NotReadyBecause = () => fleet.NotReadyBecause },
            builder =>
            {
                if (executor.Logs is { } logs)
                    builder.Services.AddSingleton<IRunLogs>(logs);
                builder.Services.AddSingleton<Telemetry.IMetricSource>(provider => new JournalGauges(fleet));
                builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
            });
        await app.StartAsync(cancellation);
        await Console.Out.WriteLineAsync($"Serving {string.Join(", ", app.Urls)} (API document: /openapi/v1.json). Stop with Ctrl-C.");
        await app.WaitForShutdownAsync(cancellation);
    }

    private static ILocalExecutor Executor(ExecutorKind kind, UpSettings settings, ILoggerFactory loggers) => kind switch
    {
        ExecutorKind.Simulated => new SimulatedExecutor(
            new SimulatedExecutorOptions { DurationDefault = settings.SimulatedDuration }, TimeProvider.System, loggers.CreateLogger<SimulatedExecutor>()),
        ExecutorKind.Process => new ProcessExecutor(
            new ProcessExecutorOptions { Folder = settings.Folder }, TimeProvider.System, loggers.CreateLogger<ProcessExecutor>()),
        _ => new ExternalExecutor(),
    };

    private static void Tell(UpSettings settings, EmbeddedFleet fleet, TimeSpan took)
    {
        var recovery = fleet.Recovery;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Embedded host on {settings.Folder}: {recovery.SnapshotActors} actors from a snapshot, {recovery.Records} journal records, {fleet.Fleet.RunCount} runs, in {took.TotalMilliseconds:0} ms."));
        if (recovery.TornTail is { } torn)
            Console.Out.WriteLine($"The last write was cut off by a crash and never acknowledged; it was dropped: {torn}");
        foreach (var damaged in recovery.SnapshotsDamaged)
            Console.Out.WriteLine($"A snapshot is damaged and was passed over: {damaged.Message}");
    }
}

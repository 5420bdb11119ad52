using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Journals;

/// <summary>Periodically measures the store of the journals. A store that cannot be measured is logged once.</summary>
internal sealed partial class StorageWatch(
    IStoreGauge store, FleetMetrics metrics, TimeProvider time, ILogger<StorageWatch> logger) : BackgroundService
{
    /// <summary>How often the store is measured.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private string? problem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
            await Look(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task Look(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        DateTimeOffset? succeededAt = null;
        try
        {
            await store.Measure(cancellation);
            succeededAt = time.GetUtcNow();
            problem = null;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Whatever went wrong: a watch that ends would end the host.
            metrics.Failed("storage", "not-measured", "warning");
            var reason = failure is IOException ? failure.Message : failure.GetType().Name;
            if (problem != reason)
                NotMeasured(reason);
            problem = reason;
        }

        metrics.Passed("storage", time.GetElapsedTime(began), succeededAt);
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "How full the store of the journals is, cannot be measured now. {Reason}")]
    private partial void NotMeasured(string reason);
}

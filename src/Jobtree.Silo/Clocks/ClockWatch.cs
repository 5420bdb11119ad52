using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Clocks;

/// <summary>
/// Periodically compares the ledger's clock with the wall clock, and logs when they diverge and when they agree again.
/// </summary>
internal sealed partial class ClockWatch(LedgerClock clock, FleetMetrics metrics, ILogger<ClockWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(Catalogue.ClockOffset, () => [Catalogue.ClockOffset.Measure(clock.Offset.TotalSeconds)]);
        using var timer = new PeriodicTimer(LedgerClock.LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var began = clock.GetTimestamp();
            var before = clock.Disagreement;
            clock.Look();
            if (before is null && clock.Disagreement is { } parted)
                Parted(parted);
            else if (before is not null && clock.Disagreement is null)
                Agreed();
            metrics.Passed("clock", clock.GetElapsedTime(began), clock.GetUtcNow());
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void Parted(string sentence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The wall clock agrees with the ledger's time again.")]
    private partial void Agreed();
}

using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Clocks;

/// <summary>
/// Periodically compares the ledger's clock with the wall clock, logs when they diverge and when they agree again, and
/// writes the ledger's time for the next process.
/// </summary>
internal sealed partial class ClockWatch(
    LedgerClock clock, FleetMetrics metrics, ILogger<ClockWatch> logger, ClockFile? file = null) : BackgroundService
{
    private long written;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(Catalogue.ClockOffset, () => [Catalogue.ClockOffset.Measure(clock.Offset.TotalSeconds)]);
        if (clock.BeganBecause is { } began)
            Parted(began);
        if (clock.Disagreement is { } stepped)
            Parted(stepped);
        Write();
        try
        {
            using var timer = new PeriodicTimer(LedgerClock.LookEvery, clock);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Look();
        }
        finally
        {
            Write();
        }
    }

    private void Look()
    {
        var began = clock.GetTimestamp();
        var before = clock.Disagreement;
        clock.Look();
        if (before is null && clock.Disagreement is { } parted)
            Parted(parted);
        else if (before is not null && clock.Disagreement is null)
            Agreed();
        if (clock.GetElapsedTime(written) >= ClockFile.WriteEvery)
            Write();
        metrics.Passed("clock", clock.GetElapsedTime(began), clock.GetUtcNow());
    }

    private void Write()
    {
        file?.Write(clock.GetUtcNow());
        written = clock.GetTimestamp();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void Parted(string sentence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The wall clock agrees with the ledger's time again.")]
    private partial void Agreed();
}

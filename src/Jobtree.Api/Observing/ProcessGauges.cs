using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>The processor time and memory of this process.</summary>
internal sealed class ProcessGauges : IMetricSource
{
    public ValueTask Collect(Scrape scrape, CancellationToken cancellation)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        scrape.Set(Catalogue.ProcessCpu, process.TotalProcessorTime.TotalSeconds);
        scrape.Set(Catalogue.ProcessMemory, process.WorkingSet64);
        scrape.Set(Catalogue.ProcessStart, new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        return ValueTask.CompletedTask;
    }
}

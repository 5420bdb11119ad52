using System.Diagnostics;

namespace Jobtree.Telemetry;

/// <summary>
/// The processor time, memory and start time of this process, under the names that Prometheus' own clients use, and
/// how much of processors and memory it may have.
/// </summary>
internal static class ProcessSeries
{
    public static void ObserveBy(FleetMetrics metrics)
    {
        metrics.Observe(Catalogue.ProcessCpu,
            static () => [Catalogue.ProcessCpu.Measure(Environment.CpuUsage.TotalTime.TotalSeconds)]);
        metrics.Observe(Catalogue.ProcessMemory,
            static () => [Catalogue.ProcessMemory.Measure(Environment.WorkingSet)]);
        metrics.Observe(Catalogue.ProcessCpus,
            static () => [Catalogue.ProcessCpus.Measure(Environment.ProcessorCount)]);
        metrics.Observe(Catalogue.ProcessMemoryLimit,
            static () => [Catalogue.ProcessMemoryLimit.Measure(MemoryLimit.Bytes)]);
        using var process = Process.GetCurrentProcess();
        var started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        metrics.Observe(Catalogue.ProcessStart, () => [Catalogue.ProcessStart.Measure(started)]);
    }
}

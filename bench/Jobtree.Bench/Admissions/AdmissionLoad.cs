using System.Diagnostics;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Admissions;

/// <summary>Producers side by side on one fleet, each with its share of it.</summary>
internal static class AdmissionLoad
{
    public static async Task<Measurement> Run(
        BenchSettings settings, BenchFleet fleet, FleetShape shape, int producers, int seed)
    {
        var gpus = (int)(0.7 * shape.Gpus / producers);
        var load = Enumerable.Range(0, producers).Select(
            number => new Producer(fleet, new RunMix($"p{number}", seed * producers + number, shape), gpus)).ToArray();
        await Task.WhenAll(load.Select(producer => Task.Run(producer.Fill)));
        await For(load, settings.WarmUp);
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var took = await For(load, settings.Duration);
        processor = Environment.CpuUsage.TotalTime - processor;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var latencies = new Latencies();
        foreach (var producer in load)
            latencies.AddAll(producer.Latencies);
        return new Measurement(load.Sum(producer => producer.Latencies.Count), load.Sum(producer => producer.Waited),
            took, processor, allocated, latencies);
    }

    private static async Task<TimeSpan> For(Producer[] load, TimeSpan duration)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(load.Select(producer => Task.Run(() => producer.Run(duration))));
        return Stopwatch.GetElapsedTime(began);
    }
}

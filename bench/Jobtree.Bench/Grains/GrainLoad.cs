using System.Diagnostics;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Grains;

/// <summary>Workers on the silos of a fleet, each with an answer under way.</summary>
internal sealed class GrainLoad
{
    private readonly SiloFleet fleet;
    private readonly Worker[] workers;

    private GrainLoad(SiloFleet fleet, Worker[] workers) => (this.fleet, this.workers) = (fleet, workers);

    /// <summary>Makes the load, and fills the fleet to 70 %.</summary>
    public static async Task<GrainLoad> Begin(SiloFleet fleet, FleetShape shape, int underWay)
    {
        var pool = new RunPool((int)(0.7 * shape.Gpus), seed: 1);
        var silos = fleet.Fleets.ToArray();
        var load = new GrainLoad(
            fleet,
            [.. Enumerable.Range(0, underWay).Select(number => new Worker(
                silos[number % silos.Length], fleet.WhenDurable, new RunMix($"w{number}", number, shape), pool))]);
        await Task.WhenAll(load.workers.Select(worker => Task.Run(worker.Fill)));
        return load;
    }

    /// <summary>Runs for a time, at a rate or as fast as it goes.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="perSecond">Submissions per second; absent: as many as there are answers to.</param>
    public async Task<GrainMeasurement> Run(TimeSpan duration, double? perSecond = null)
    {
        var pause = perSecond is { } rate ? TimeSpan.FromSeconds(workers.Length / rate) : TimeSpan.Zero;
        var processor = Environment.CpuUsage.TotalTime;
        var redis = fleet.Redis?.Processor ?? default;
        var allocated = GC.GetTotalAllocatedBytes();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(workers.Select((worker, number) =>
            Task.Run(() => worker.Run(duration, pause, pause * ((double)number / workers.Length)))));
        var took = Stopwatch.GetElapsedTime(began);
        var latencies = new Latencies();
        foreach (var worker in workers)
            latencies.AddAll(worker.Latencies);
        return new GrainMeasurement(
            latencies.Count,
            workers.Sum(worker => worker.Waited),
            took,
            Environment.CpuUsage.TotalTime - processor,
            (fleet.Redis?.Processor ?? default) - redis,
            GC.GetTotalAllocatedBytes() - allocated,
            latencies);
    }
}

using System.Diagnostics;
using Jobtree.Actors.Ports;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Admissions;

/// <summary>
/// Calls one flavor, without runs of any kind behind the demands: what remains is the decision, its ledger entry and
/// its append.
/// </summary>
internal sealed class DecisionLoop(BenchFleet fleet, FleetShape shape, int seed)
{
    private readonly IFlavor flavor = fleet.Fleet.Flavor(FleetShape.Flavor);
    private readonly RunMix mix = new("decision", seed, shape);
    private readonly List<(RunKey Run, int Gpus)> running = [];
    private readonly Latencies latencies = new();
    private int used;
    private long waited;

    public async Task<Measurement> Run(BenchSettings settings)
    {
        while (used < 0.7 * shape.Gpus)
            await Admit();
        await For(settings.WarmUp);
        latencies.Clear();
        waited = 0;
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var took = await For(settings.Duration);
        await fleet.Kept();
        return new Measurement(latencies.Count, waited, took, Environment.CpuUsage.TotalTime - processor,
            GC.GetTotalAllocatedBytes() - allocated, latencies);
    }

    private async Task<TimeSpan> For(TimeSpan duration)
    {
        var began = Stopwatch.GetTimestamp();
        var admitting = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(began) < duration)
        {
            while (used > 0.7 * shape.Gpus)
                await Close();
            var start = Stopwatch.GetTimestamp();
            await Admit();
            admitting += Stopwatch.GetElapsedTime(start);
        }
        return admitting;
    }

    private async ValueTask Admit()
    {
        var (key, owner, spec) = mix.Next();
        var demand = Demand.Of(key, owner, spec, TimeProvider.System.GetUtcNow());
        var began = Stopwatch.GetTimestamp();
        var decision = await flavor.Admit(demand);
        if (decision.Value?.Kind == RunFactKind.Started)
        {
            latencies.AddSince(began);
            running.Add((key, demand.Gpus));
            used += demand.Gpus;
            return;
        }
        waited++;
        await flavor.Close(key, LeaseEndReason.Cancelled);
    }

    private ValueTask<RunFact?> Close()
    {
        var at = mix.Pick(running.Count);
        var (run, gpus) = running[at];
        running[at] = running[^1];
        running.RemoveAt(running.Count - 1);
        used -= gpus;
        return flavor.Close(run, LeaseEndReason.Completed);
    }
}

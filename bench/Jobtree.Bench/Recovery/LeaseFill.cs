using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Bench.Grains;
using Jobtree.Bench.Load;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Recovery;

/// <summary>
/// Opens many leases by submitting runs of one GPU: the most runs, and so the most state, that a number of leases can
/// have.
/// </summary>
internal static class LeaseFill
{
    private const int UnderWay = 256;

    private static readonly RunSpec Spec = new()
    {
        Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = 1 },
        Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromDays(1) },
    };

    public static async Task Run(SiloFleet fleet, FleetShape shape, int leases)
    {
        var silo = fleet.Fleets.First();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, leases),
            new ParallelOptions { MaxDegreeOfParallelism = UnderWay },
            async (lease, _) => await Submit(silo, lease % shape.Teams, lease));
        await fleet.WhenDurable();
    }

    private static async Task Submit(IFleet silo, int team, int lease)
    {
        var key = new RunKey(FleetShape.Namespace(team), string.Create(CultureInfo.InvariantCulture, $"run-{lease}"));
        var answer = await silo.Run(key).Submit(new Submission(Spec, FleetShape.Team(team), null, "bench"));
        if (answer.Value?.Phase != RunPhase.Running)
            throw new InvalidOperationException(
                $"{key} did not start: {answer.Problem?.Detail ?? answer.Value?.Message}");
    }
}

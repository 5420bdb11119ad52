using System.Globalization;
using Jobtree.Actors.Local;
using Jobtree.Actors.Runs;
using Jobtree.Bench.Load;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Recovery;

/// <summary>
/// Opens many leases by running runs of one GPU through the actors: the most runs, and so the most state, that a number
/// of leases can have.
/// </summary>
internal static class LeaseFill
{
    private static readonly RunSpec Spec = new()
    {
        Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = 1 },
        Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromDays(1) },
    };

    public static async Task Run(LocalFleet fleet, FleetShape shape, int leases)
    {
        for (var lease = 0; lease < leases; lease++)
        {
            var team = lease % shape.Teams;
            var key = new RunKey(FleetShape.Namespace(team),
                string.Create(CultureInfo.InvariantCulture, $"run-{lease}"));
            var answer = await fleet.Run(key).Submit(new Submission(Spec, FleetShape.Team(team), null, "bench"));
            if (answer.Value?.Phase != RunPhase.Running)
                throw new InvalidOperationException(
                    $"{key} did not start: {answer.Problem?.Detail ?? answer.Value?.Message}");
        }
    }
}

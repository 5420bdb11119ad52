using System.Collections.Immutable;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Reports;

/// <summary>The idle GPUs on partly used nodes, over the arrival window.</summary>
/// <param name="StrandedGpusMean">The mean number of such GPUs.</param>
/// <param name="StrandedShareOfIdle">Their share of all idle GPUs, by GPU-time.</param>
internal sealed record FragmentationFigures(double StrandedGpusMean, double StrandedShareOfIdle)
{
    /// <summary>Computes the figures; null if the scheduler was not observed.</summary>
    public static FragmentationFigures? Of(ImmutableArray<FleetObservation> observations, TimeSpan window)
    {
        var inWindow = observations.Where(observation => observation.At <= window).ToList();
        if (inWindow.Count == 0)
            return null;
        var idle = inWindow.Sum(observation => (double)observation.IdleGpus);
        var stranded = inWindow.Sum(observation => (double)observation.StrandedGpus);
        return new FragmentationFigures(stranded / inWindow.Count, idle > 0 ? stranded / idle : 0);
    }
}

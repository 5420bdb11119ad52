using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>The trace that was replayed.</summary>
/// <param name="Name">Its file.</param>
/// <param name="Jobs">GPU jobs.</param>
/// <param name="CpuOnlyJobsLeftOut">Rows that asked for no GPU.</param>
/// <param name="Clusters">Virtual clusters.</param>
/// <param name="ArrivalWindowHours">From the first arrival to the last.</param>
/// <param name="GpuHours">The work in it.</param>
/// <param name="OfferedLoadGpus">The work over the arrival window: GPUs that it would keep busy on average.</param>
internal sealed record TraceFigures(
    string Name, int Jobs, int CpuOnlyJobsLeftOut, int Clusters, double ArrivalWindowHours, double GpuHours,
        double OfferedLoadGpus)
{
    /// <summary>The figures of a trace.</summary>
    public static TraceFigures Of(JobTrace trace)
    {
        var hours = trace.ArrivalWindow.TotalHours;
        return new TraceFigures(
            trace.Name, trace.Jobs.Length, trace.CpuOnlyJobs, trace.Clusters.Length, hours, trace.GpuHours, hours > 0
                ? trace.GpuHours / hours : 0);
    }
}

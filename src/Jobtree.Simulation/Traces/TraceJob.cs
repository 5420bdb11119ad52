namespace Jobtree.Simulation.Traces;

/// <summary>One GPU job of a trace.</summary>
/// <param name="Id">Its id in the file, unique there.</param>
/// <param name="Cluster">The virtual cluster that submitted it.</param>
/// <param name="Gpus">How many GPUs it holds from start to end, at least 1.</param>
/// <param name="Submit">When it arrives, counted from the first arrival of the trace.</param>
/// <param name="Duration">How long it runs once it has its GPUs, longer than zero.</param>
/// <param name="BestEffort">Whether it has no deadline.</param>
internal sealed record TraceJob(
    string Id, string Cluster, int Gpus, TimeSpan Submit, TimeSpan Duration, bool BestEffort)
{
    /// <summary>GPUs times duration, in hours.</summary>
    public double GpuHours => Gpus * Duration.TotalHours;
}

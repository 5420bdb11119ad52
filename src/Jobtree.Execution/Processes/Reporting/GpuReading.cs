namespace Jobtree.Execution.Processes.Reporting;

/// <summary>How busy one GPU is. A value that the driver does not tell is null.</summary>
/// <param name="Utilization">The part of the time in which it worked, 0 to 1.</param>
/// <param name="MemoryUsedBytes">Its memory in use.</param>
internal sealed record GpuReading(double? Utilization, double? MemoryUsedBytes);

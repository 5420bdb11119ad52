namespace Jobtree.Api.Contract;

/// <summary>
/// What a workload reports about its running attempt; at least one value. Absent values leave unchanged what was
/// reported before.
/// </summary>
/// <param name="Epoch">The epoch of the training, from 0; may have a fraction.</param>
/// <param name="Loss">The loss of the training.</param>
/// <param name="Progress">The part of the work that is done, 0 to 1.</param>
/// <param name="Eta">When the workload expects to end: an RFC 3339 instant, or the time left, such as 1h30m.</param>
/// <param name="GpuUtilization">The mean utilization of the run's GPUs, 0 to 1.</param>
/// <param name="GpuMemoryBytes">The memory in use on the run's GPUs, in bytes.</param>
/// <param name="Attempt">The attempt, counted from 1; absent: the present one. A report of any other attempt than the
/// present one is refused.</param>
public sealed record TelemetryReport(double? Epoch = null, double? Loss = null, double? Progress = null,
    string? Eta = null, double? GpuUtilization = null, double? GpuMemoryBytes = null, int? Attempt = null);

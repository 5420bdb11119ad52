namespace Jobtree.Simulation.Traces.Formats;

/// <summary>
/// A cluster of the Helios traces (SenseTime, SC '21), <c>cluster_log.csv</c>: arrivals as instants, durations in
/// seconds, users in virtual clusters. The log has no time limits.
/// </summary>
internal sealed class HeliosFormat : ITraceFormat
{
    /// <inheritdoc/>
    public string Name => "helios";

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } = ["job_id", "user", "vc", "gpu_num", "submit_time", "duration"];

    /// <inheritdoc/>
    public bool HasHeader => true;

    /// <inheritdoc/>
    public string? Split(string line, List<string> fields) => CsvFields.Split(line, fields);

    /// <inheritdoc/>
    public TraceJob? Read(TraceRow row)
    {
        var job = new TraceJob(
            row.Text("job_id"), row.Text("vc"), row.Gpus("gpu_num"), row.Instant("submit_time"),
            row.Time("duration", TimeSpan.FromSeconds(1), "seconds"), BestEffort: false)
        {
            User = row.Text("user"),
        };
        if (job.Gpus == 0)
            return row.LeaveOut(LeftOutReason.CpuOnly);
        return job.Duration == TimeSpan.Zero ? row.LeaveOut(LeftOutReason.NeverRan) : job;
    }
}

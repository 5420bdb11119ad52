namespace Jobtree.Simulation.Traces.Formats;

/// <summary>
/// The Philly trace (Microsoft) as prepared for the Chronus paper: times in minutes, and the virtual cluster in the
/// column <c>user</c>.
/// </summary>
internal sealed class PhillyFormat : ITraceFormat
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public string Name => "philly";

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } =
        ["job_id", "user", "num_gpu", "submit_time", "duration", "best_effort"];

    /// <inheritdoc/>
    public bool HasHeader => true;

    /// <inheritdoc/>
    public string? Split(string line, List<string> fields) => CsvFields.Split(line, fields);

    /// <inheritdoc/>
    public TraceJob? Read(TraceRow row)
    {
        var duration = row.Time("duration", Minute, "minutes");
        var job = new TraceJob(
            row.Text("job_id"), row.Text("user"), row.Gpus("num_gpu"), row.Time("submit_time", Minute, "minutes"),
            duration, row.Flag("best_effort"));
        if (job.Gpus == 0)
            return row.LeaveOut(LeftOutReason.CpuOnly);
        return duration > TimeSpan.Zero
            ? job
            : throw row.Wrong($"duration is '{row.Shown("duration")}'; it must be more than 0 minutes");
    }
}

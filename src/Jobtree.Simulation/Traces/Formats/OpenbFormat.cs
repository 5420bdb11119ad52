namespace Jobtree.Simulation.Traces.Formats;

/// <summary>
/// A list of pods of Alibaba's GPU trace of 2023, <c>openb_pod_list_*.csv</c>: times in seconds. It names no users; the
/// quality of service stands for the virtual cluster, and <c>BE</c> is best effort.
/// </summary>
internal sealed class OpenbFormat : ITraceFormat
{
    private const int WholeGpuMilli = 1_000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name => "openb";

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } =
        ["name", "num_gpu", "gpu_milli", "qos", "creation_time", "deletion_time", "scheduled_time"];

    /// <inheritdoc/>
    public bool HasHeader => true;

    /// <inheritdoc/>
    public string? Split(string line, List<string> fields) => CsvFields.Split(line, fields);

    /// <inheritdoc/>
    public TraceJob? Read(TraceRow row)
    {
        var name = row.Text("name");
        var qos = row.Text("qos");
        var created = row.Time("creation_time", Second, "seconds");
        var gpus = row.Gpus("num_gpu");
        if (gpus == 0)
            return row.LeaveOut(LeftOutReason.CpuOnly);
        if (row.Number("gpu_milli", WholeGpuMilli) < WholeGpuMilli)
            return row.LeaveOut(LeftOutReason.FractionalGpu);
        if (row.IsEmpty("scheduled_time"))
            return row.LeaveOut(LeftOutReason.NeverRan);
        var started = row.Time("scheduled_time", Second, "seconds");
        var ended = row.Time("deletion_time", Second, "seconds");
        if (ended < started)
            throw row.Wrong($"deletion_time is '{row.Shown("deletion_time")}', before scheduled_time");
        return ended == started
            ? row.LeaveOut(LeftOutReason.NeverRan)
            : new TraceJob(name, qos, gpus, created, ended - started, BestEffort: qos == "BE");
    }
}

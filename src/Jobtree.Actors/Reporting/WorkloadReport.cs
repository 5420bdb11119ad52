using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Reporting;

/// <summary>
/// What a workload, or the executor for it, reports about a running attempt. Absent values leave unchanged what was
/// reported before.
/// </summary>
public sealed record WorkloadReport
{
    /// <summary>The largest amount of bytes that is believed: an exabyte.</summary>
    private const double BytesMax = 1e18;

    private const double EpochMax = 1e12;
    private const double CoresMax = 1e6;
    private const int YearsMax = 10;

    /// <summary>The attempt that the values are of; absent: the present one.</summary>
    public int? Attempt { get; init; }

    /// <summary>
    /// Whether the executor measured the GPU values. They then give way to those that the workload itself reported.
    /// </summary>
    public bool IsMeasured { get; init; }

    /// <summary>The epoch of the training.</summary>
    public double? Epoch { get; init; }

    /// <summary>The loss of the training.</summary>
    public double? Loss { get; init; }

    /// <summary>The part of the work that is done, 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>When the workload expects to end.</summary>
    public DateTimeOffset? Eta { get; init; }

    /// <summary>The mean utilization of the run's GPUs, 0 to 1.</summary>
    public double? GpuUtilization { get; init; }

    /// <summary>The memory in use on the run's GPUs, in bytes.</summary>
    public double? GpuMemoryBytes { get; init; }

    /// <summary>The processors that the run's processes keep busy.</summary>
    public double? CpuCores { get; init; }

    /// <summary>The resident memory of the run's processes, in bytes.</summary>
    public double? MemoryBytes { get; init; }

    /// <summary>Checks the values.</summary>
    /// <param name="now">The present instant.</param>
    /// <returns>The errors, one per field; empty if there are none.</returns>
    public IReadOnlyList<string> Errors(DateTimeOffset now)
    {
        var errors = new List<string>();
        Check("epoch", Epoch, 0, EpochMax);
        Check("loss", Loss, double.MinValue, double.MaxValue);
        Check("progress", Progress, 0, 1);
        Check("gpuUtilization", GpuUtilization, 0, 1);
        Check("gpuMemoryBytes", GpuMemoryBytes, 0, BytesMax);
        Check("cpuCores", CpuCores, 0, CoresMax);
        Check("memoryBytes", MemoryBytes, 0, BytesMax);
        if (Attempt < 1)
            errors.Add($"attempt: {Attempt}; attempts count from 1.");
        if (Eta > now.AddYears(YearsMax))
            errors.Add($"eta: more than {YearsMax} years ahead.");
        if (!HasValues)
            errors.Add("Nothing is reported: give at least one of epoch, loss, progress, eta, gpuUtilization and "
                + "gpuMemoryBytes.");
        return errors;

        void Check(string field, double? value, double least, double most)
        {
            if (value is { } given && !(given >= least && given <= most))
                errors.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{field}: {given}; {(least == double.MinValue ? "a finite number" : $"{least} to {most}")} is "
                    + $"allowed."));
        }
    }

    /// <summary>The values of an attempt after this report.</summary>
    /// <param name="known">What was known of the attempt; absent: nothing.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="at">When the report arrived.</param>
    public RunTelemetry Onto(RunTelemetry? known, int attempt, DateTimeOffset at) => new()
    {
        Attempt = attempt,
        ReportedAt = at,
        Epoch = Epoch ?? known?.Epoch,
        Loss = Loss ?? known?.Loss,
        Progress = Progress ?? known?.Progress,
        Eta = Eta ?? known?.Eta,
        GpuUtilization = GpuUtilization ?? known?.GpuUtilization,
        GpuMemoryBytes = GpuMemoryBytes ?? known?.GpuMemoryBytes,
        CpuCores = CpuCores ?? known?.CpuCores,
        MemoryBytes = MemoryBytes ?? known?.MemoryBytes,
    };

    /// <summary>This report with the values of an earlier one where it has none.</summary>
    /// <param name="earlier">The earlier report.</param>
    public WorkloadReport Over(WorkloadReport earlier) => this with
    {
        Epoch = Epoch ?? earlier.Epoch,
        Loss = Loss ?? earlier.Loss,
        Progress = Progress ?? earlier.Progress,
        Eta = Eta ?? earlier.Eta,
        GpuUtilization = GpuUtilization ?? earlier.GpuUtilization,
        GpuMemoryBytes = GpuMemoryBytes ?? earlier.GpuMemoryBytes,
        CpuCores = CpuCores ?? earlier.CpuCores,
        MemoryBytes = MemoryBytes ?? earlier.MemoryBytes,
    };

    private bool HasValues => (Epoch ?? Loss ?? Progress ?? GpuUtilization ?? GpuMemoryBytes ?? CpuCores ?? MemoryBytes)
        is not null || Eta is not null;
}

using Jobtree.Telemetry;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>Measures the file system of the data folder.</summary>
internal sealed class DiskGauge : IStoreGauge
{
    private readonly string folder;
    private double? usedRatio;

    /// <param name="folder">The data folder.</param>
    /// <param name="metrics">The metrics that show the result.</param>
    public DiskGauge(string folder, FleetMetrics metrics)
    {
        this.folder = folder;
        metrics.Observe(Catalogue.StorageUsed, () => usedRatio is { } used
            ? [Catalogue.StorageUsed.Measure(used, "disk")] : []);
    }

    public Task Measure(CancellationToken cancellation)
    {
        usedRatio = null;
        try
        {
            var system = new DriveInfo(folder);
            // Blocks that only root may use count as used: the host does not run as root.
            usedRatio = system.TotalSize == 0 ? null : 1 - ((double)system.AvailableFreeSpace / system.TotalSize);
            return Task.CompletedTask;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new IOException($"The file system of {folder} cannot be asked.", failure);
        }
    }
}

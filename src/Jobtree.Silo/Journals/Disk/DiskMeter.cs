using Jobtree.Journal;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>Reports what the log on disk does, and whether the disk takes records.</summary>
/// <param name="metrics">The metrics; absent: nothing is reported.</param>
internal sealed class DiskMeter(FleetMetrics? metrics)
{
    private const string HostKind = "silo";
    private const string Component = "journal";

    private readonly Breaker breaker = metrics?.BreakerOf("disk") ?? new Breaker("disk");

    /// <summary>A batch is durable.</summary>
    public void Written(TimeSpan elapsed, int records)
    {
        breaker.Succeed();
        metrics?.Appended(HostKind, "append", elapsed, records);
    }

    /// <summary>A snapshot of all actors is durable.</summary>
    public void Saved(TimeSpan elapsed, long states) => metrics?.Appended(HostKind, "snapshot", elapsed, states);

    /// <summary>A snapshot was not written; it is taken again later.</summary>
    public void SaveFailed()
    {
        metrics?.Failed(Component, "snapshot");
        metrics?.Retried(Component, "snapshot");
    }

    /// <summary>A record was refused because the disk is behind.</summary>
    public void Refused()
    {
        breaker.Fail();
        metrics?.Failed(Component, "full-buffer");
    }

    /// <summary>
    /// The log failed. After a failed flush no later one can be trusted, so nothing is tried again in this process.
    /// </summary>
    public void Ended(JournalFailedException failure)
    {
        breaker.Trip();
        metrics?.Failed(Component, failure.IsDiskFull ? "disk-full" : "write", "critical");
    }
}

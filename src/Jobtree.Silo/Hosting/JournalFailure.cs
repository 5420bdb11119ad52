using Jobtree.Journal;
using Jobtree.Silo.Commands;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// How a process ends whose journal failed: it refuses everything for a moment, says why in one line, and exits. It
/// does not stop in an orderly way: grains that hand over their state would only fail, everything acknowledged is on
/// the disk, and workloads are taken up again by the next process.
/// </summary>
internal static class JournalFailure
{
    /// <summary>
    /// Long enough for requests in flight to be answered, and for a load balancer to ask for readiness.
    /// </summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the host stops; if its journal fails before, ends the process.</summary>
    /// <param name="stopped">Done when the host has stopped.</param>
    /// <param name="failed">Done when the journal has failed; absent: it never does.</param>
    /// <param name="metrics">Counts the failure, for whoever collects metrics in that moment.</param>
    public static async Task EndsProcess(
        Task stopped, Task<JournalFailedException>? failed, FleetMetrics metrics)
    {
        if (failed is not null && await Task.WhenAny(stopped, failed) == failed)
        {
            metrics.Failed("journal", (await failed).IsDiskFull ? "disk-full" : "write", "critical");
            await Task.Delay(Moment);
            Environment.Exit(await Refusals.Tell(async () => throw await failed, CancellationToken.None));
        }
        await stopped;
    }
}

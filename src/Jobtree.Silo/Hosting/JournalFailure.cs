using Jobtree.Journal;
using Jobtree.Silo.Commands;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Ends a process whose journal failed: the process refuses requests for a moment, gives the reason in one line, and
/// exits. There is no orderly stop: grains could not hand over their state anyway, every acknowledged record is on
/// disk, and the next process takes over the workloads.
/// </summary>
internal static class JournalFailure
{
    /// <summary>
    /// Long enough to answer the requests in flight, for a load balancer to check readiness, and for a scrape.
    /// </summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the host stops; ends the process if its journal fails first.</summary>
    /// <param name="stopped">Completes when the host has stopped.</param>
    /// <param name="failed">Completes when the journal has failed; absent: it never does.</param>
    public static async Task EndsProcess(Task stopped, Task<JournalFailedException>? failed)
    {
        if (failed is not null && await Task.WhenAny(stopped, failed) == failed)
        {
            await Task.Delay(Moment);
            Environment.Exit(await Refusals.Tell(async () => throw await failed, CancellationToken.None));
        }
        await stopped;
    }
}

using Jobtree.Actors.Ports;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Wakes the fleet when this silo has started and when another was lost. Actors are activated by calls; this calls the
/// ones that have work although nobody else calls them.
/// </summary>
internal sealed partial class FleetWaker(GrainFleet fleet, IGrainFactory grains, ISiloStatusOracle silos,
    GrainOptions options, ILogger<FleetWaker> logger) : IStartupTask, ISiloStatusListener
{
    public Task Execute(CancellationToken cancellationToken)
    {
        if (options.Stepped)
            return Task.CompletedTask;
        silos.SubscribeToSiloStatusEvents(this);
        // In the background: waking a fleet takes time, and the silo must serve others meanwhile.
        _ = Task.Run(() => Wake(false), cancellationToken);
        return Task.CompletedTask;
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        // A silo is notified of its own death when it stops, and then no grain here can be called.
        if (status == SiloStatus.Dead && !updatedSilo.Equals(silos.SiloAddress))
            _ = Task.Run(() => Wake(true));
    }

    private async Task Wake(bool wasLost)
    {
        await Try(async () =>
        {
            foreach (var flavor in await fleet.Directory().Flavors())
                await Try(async () => await fleet.Flavor(flavor).Tick());
        });
        for (var shard = 0; shard < RunShard.Count; shard++)
            await Wake(grains.GetGrain<IRunIndexGrain>(shard), wasLost);
    }

    private Task Wake(IRunIndexGrain shard, bool wasLost) => Try(async () =>
    {
        if (wasLost)
            await shard.Revalidate();
        if (options.TellsExecutorAgain)
            await shard.WakeRunning();
        else
            await shard.Count();
    });

    /// <summary>Contains failures, so that one actor that cannot be woken does not block the others.</summary>
    private async Task Try(Func<Task> wake)
    {
        try
        {
            await wake();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Reminders wake the missed actors within a minute.
            WakeFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every actor of the fleet could be woken; reminders will.")]
    private partial void WakeFailed(Exception failure);
}

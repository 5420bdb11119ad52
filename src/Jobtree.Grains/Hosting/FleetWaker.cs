using Jobtree.Actors.Ports;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Wakes the fleet: when this silo has started, and when another was lost. Actors come back by being asked for; this
/// asks for those that have something to do although nobody asks.
/// </summary>
internal sealed partial class FleetWaker(GrainFleet fleet, IGrainFactory grains, ISiloStatusOracle silos,
    GrainOptions options, ILogger<FleetWaker> logger) : IStartupTask, ISiloStatusListener
{
    public Task Execute(CancellationToken cancellationToken)
    {
        if (options.Stepped)
            return Task.CompletedTask;
        silos.SubscribeToSiloStatusEvents(this);
        // Beside the start: a fleet takes its time, and the silo is wanted by others meanwhile.
        _ = Task.Run(() => Wake(false), cancellationToken);
        return Task.CompletedTask;
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        // That this silo is dead it hears when it stops, and then nobody here can be asked.
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

    /// <summary>One actor that cannot be woken keeps nobody else asleep.</summary>
    private async Task Try(Func<Task> wake)
    {
        try
        {
            await wake();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Reminders wake what was missed here, a minute later at the latest.
            WakeFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every actor of the fleet could be woken; reminders will.")]
    private partial void WakeFailed(Exception failure);
}

using Jobtree.Actors.Directories;
using Jobtree.Actors.Ports;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>The directory, hosted as its grain hosts it: budgets are forwarded in the background.</summary>
internal sealed class DirectoryHost(World world, Silo silo, ActorKey actor, ulong number)
    : Host(world, silo, actor, number)
{
    private static readonly long RetryPause = TimeSpan.FromSeconds(5).Ticks;

    private DirectoryActor directory = null!;
    private bool hasResumed;
    private bool isDelivering;

    /// <summary>The directory.</summary>
    public IDirectory Directory => directory;

    /// <inheritdoc/>
    public override ValueTask<T> Serve<T>(string method, object?[] args, Func<object, object?[], ValueTask<T>> call)
    {
        if (MayInterleave(method))
            RetireIfSuperseded();
        return call(directory, args);
    }

    /// <inheritdoc/>
    protected override async Task Activate()
    {
        var recovered = await Recover();
        directory = new DirectoryActor(Journal!, Silo.Fleet);
        recovered.Into(directory.Restore, directory.Replay);
        hasResumed = recovered.Last == 0;
    }

    /// <inheritdoc/>
    protected override bool MayInterleave(string call) =>
        call is nameof(IDirectory.Budgets) or nameof(IDirectory.Flavors) or nameof(IDirectory.FlavorOf)
            or nameof(IDirectory.Report);

    /// <inheritdoc/>
    protected override void AfterCall()
    {
        if (Journal!.IsBroken || directory.HasDiverged)
            Retire();
        else if (!isDelivering && (!hasResumed || directory.HasUndelivered))
            Turns.Begin(Deliver);
    }

    private async Task Deliver()
    {
        isDelivering = true;
        while (!IsRetired && (!hasResumed || directory.HasUndelivered))
        {
            try
            {
                if (!hasResumed)
                {
                    await directory.Resume();
                    hasResumed = true;
                }
                await directory.Deliver();
                await SaveWhenDue(World.Options.SnapshotEvery, directory.Snapshot);
            }
            catch (Exception failure)
            {
                World.Judge(this, failure);
                await World.Loop.Delay(RetryPause);
            }
        }
        isDelivering = false;
    }
}

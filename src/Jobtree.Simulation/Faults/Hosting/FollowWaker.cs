using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>What the listing does for runs that follow others: it wakes them when these change, or their grace is over.
/// </summary>
/// <param name="world">The fleet.</param>
internal sealed class FollowWaker(World world)
{
    private static readonly long Pause = TimeSpan.FromSeconds(1).Ticks;

    private readonly FollowWatch followers = new();
    private long? dueAt;

    /// <summary>A record of a run is durable.</summary>
    public void Put(RunRecord run)
    {
        followers.Put(run);
        if (followers.Upstreams().Count > 0)
            Plan(world.Loop.Now + Pause);
    }

    private void Plan(long at)
    {
        if (dueAt <= at)
            return;
        dueAt = at;
        world.Loop.At(at, () =>
        {
            if (dueAt == at)
                Wake();
        });
    }

    private void Wake()
    {
        dueAt = null;
        var states = followers.Upstreams().ToDictionary(
            run => run, run => UpstreamState.Of(world.Watch.Runs.GetValueOrDefault(run)));
        foreach (var due in followers.TakeDue(states, world.Loop.Time))
        {
            if (world.Members.FirstOrDefault() is { } silo)
                silo.Gateway.Begin(() => Resume(silo, due.Run));
            else
                followers.Retry(due.Run);
        }
        if (followers.NextWake is { } next)
            Plan(world.Loop.Now + Math.Max(Pause, (next - world.Loop.Time).Ticks));
    }

    private async Task Resume(Silo silo, RunKey run)
    {
        try
        {
            await silo.Fleet.Run(run).Resume();
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            followers.Retry(run);
            Plan(world.Loop.Now + Pause);
        }
    }
}

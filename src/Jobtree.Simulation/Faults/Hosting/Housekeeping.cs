
namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// What reminders and the listing's sweeps do for a fleet: they wake the actors that have work though nobody calls
/// them, resume undecided runs, and tell runs of ends whose answer was lost.
/// </summary>
internal static class Housekeeping
{
    private static readonly long[] Waits =
        [TimeSpan.FromSeconds(5).Ticks, TimeSpan.FromSeconds(65).Ticks, TimeSpan.FromSeconds(150).Ticks];

    /// <summary>Looks after the fleet a few times, as something has gone wrong.</summary>
    /// <param name="world">The fleet.</param>
    /// <param name="away">How long a silo is away first, in ticks.</param>
    public static void After(World world, long away)
    {
        foreach (var wait in Waits)
            world.Loop.In(away + wait, () => Pass(world));
    }

    /// <summary>Looks after the fleet once, from one of its silos.</summary>
    public static void Pass(World world)
    {
        if (world.Members.FirstOrDefault() is { } silo)
            silo.Gateway.Begin(() => Pass(world, silo));
    }

    private static async Task Pass(World world, Silo silo)
    {
        var fleet = silo.Fleet;
        await Try(async () =>
        {
            foreach (var flavor in await fleet.Directory().Flavors())
                await Try(async () => await fleet.Flavor(flavor).Tick());
        });
        var runs = world.Watch.Runs.Values.Where(run => !run.IsOver).ToArray();
        foreach (var run in runs)
            await Try(async () => await fleet.Run(run.Key).Resume());
        foreach (var flavor in runs.Where(run => run.IsDecided)
            .GroupBy(run => run.Spec.Resources.GpuType, run => run.Key))
            await Try(async () =>
            {
                foreach (var fact in await fleet.Flavor(flavor.Key).FindClosed([.. flavor]))
                    await fleet.Run(fact.Run).Notify(fact);
            });
    }

    private static async Task Try(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            // The next pass tries again.
        }
    }
}

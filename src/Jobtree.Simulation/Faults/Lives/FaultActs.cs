using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>What goes wrong with processes and the store.</summary>
internal static class FaultActs
{
    private const ulong Which = 1;
    private const ulong When = 2;
    private const ulong Until = 3;
    private static readonly long SoonMax = TimeSpan.FromMilliseconds(12).Ticks;
    private static readonly long AwayMax = TimeSpan.FromSeconds(40).Ticks;

    /// <summary>Ends a silo's process while something is under way; another starts soon.</summary>
    public static void Crash(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        Soon(player, step, () =>
        {
            if (chance.Pick(player.World.Members, Which) is { } silo)
                Crash(player.World, silo, chance.Below(AwayMax, Until));
        });
    }

    /// <summary>The others take a silo for dead, which goes on for a while.</summary>
    public static void CutOff(Player player, Step step)
    {
        var (world, chance) = (player.World, player.ChanceOf(step));
        if (world.Store.IsDisk || world.Members.Count() < 2)
            return;
        Soon(player, step, () =>
        {
            if (world.Members.Count() < 2 || chance.Pick(world.Members, Which) is not { } silo)
                return;
            world.Tell?.Invoke($"{silo} is taken for dead, and goes on");
            world.CutOff(silo);
            Housekeeping.After(world, 0);
            world.Loop.In(chance.Below(AwayMax, Until), () => Crash(world, silo, 0));
        });
    }

    /// <summary>Ends an activation at its present await, with all that it had in memory.</summary>
    public static void Kill(Player player, Step step) => Soon(player, step, () =>
    {
        var (world, chance) = (player.World, player.ChanceOf(step));
        if (world.Store.IsDisk)
            return; // In one process, all fall together.
        var actor = chance.Pick(world.Store.Logs.Select(log => log.Actor), Which);
        if (actor == default)
            return;
        world.Tell?.Invoke($"the activation of {actor} ends");
        world.Kill(actor);
        Housekeeping.After(world, 0);
    });

    /// <summary>The store takes nothing for a while.</summary>
    public static void StoreAway(Player player, Step step) => Soon(player, step, () =>
    {
        var world = player.World;
        world.Tell?.Invoke("the store takes nothing");
        world.Store.IsAway = true;
        world.Loop.In(player.ChanceOf(step).Below(AwayMax, Until), () =>
        {
            world.Tell?.Invoke("the store is back");
            world.Store.IsAway = false;
        });
    });

    /// <summary>Ends a silo, and starts one in its place after a while.</summary>
    public static void Crash(World world, Silo silo, long away)
    {
        if (silo.IsDead)
            return;
        world.Tell?.Invoke($"{silo} crashes");
        world.Crash(silo);
        world.Loop.In(away, () =>
        {
            var started = world.StartSilo();
            world.Tell?.Invoke($"{started} starts");
        });
        Housekeeping.After(world, away);
    }

    private static void Soon(Player player, Step step, Action what)
    {
        var wait = player.ChanceOf(step).Below(SoonMax, When);
        player.World.Loop.In(wait, () =>
        {
            if (player.Life.Roughness > 0)
                what();
        });
    }
}

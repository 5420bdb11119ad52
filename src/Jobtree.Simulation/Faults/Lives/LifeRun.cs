using System.Globalization;
using Jobtree.Simulation.Faults.Checks;
using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Runs a life to its end: its steps, then calm until all is delivered, then the final checks.</summary>
internal static class LifeRun
{
    private const long EventsMax = 400_000;
    private const double RateMax = 0.03;
    private static readonly long CalmAfter = TimeSpan.FromSeconds(20).Ticks;
    private static readonly long CalmFor = TimeSpan.FromMinutes(8).Ticks;
    private static readonly long PassFor = TimeSpan.FromMinutes(2).Ticks;

    /// <summary>Runs a life.</summary>
    /// <param name="life">The life.</param>
    /// <param name="tells">Whether its story is to be told.</param>
    public static LifeOutcome Of(Life life, bool tells = false)
    {
        var watch = new FleetWatch();
        List<ulong> accidents = [];
        List<string> story = [];
        var world = new World(OptionsOf(life, accidents), watch);
        if (tells)
            world.Tell = words => story.Add($"{Clock(world.Loop.Now)} {words}");
        var player = new Player(world, life);
        player.Plan();
        var end = life.Steps.Count == 0 ? 0 : life.Steps[^1].At;
        Run(world, end + CalmAfter);
        Calm(world);
        Run(world, end + CalmAfter + CalmFor);
        for (var pass = 1; pass <= 2; pass++)
        {
            Housekeeping.Pass(world);
            Run(world, end + CalmAfter + CalmFor + (pass * PassFor));
        }
        if (watch.First is null && world.Loop.Done >= EventsMax)
            watch.Found(new Violation(13, "a life comes to rest", $"it does not within {EventsMax} steps"));
        if (watch.First is null)
            new FinalChecks(world, player.Client).Check();
        if (tells && watch.First is { } violation)
            story.Add($"{Clock(world.Loop.Now)} broken: {violation}");
        return new LifeOutcome(watch.First, Heads(world), story, accidents, FiguresOf(world, player.Client));
    }

    private static WorldOptions OptionsOf(Life life, List<ulong> accidents)
    {
        var rate = life.Roughness * RateMax;
        return new WorldOptions
        {
            Seed = life.Seed,
            Silos = life.Silos,
            IsDisk = life.IsDisk,
            SnapshotEvery = life.SnapshotEvery,
            Broken = life.Broken,
            Spared = life.Spared,
            Accidents = accidents,
            Weather = new Weather
            {
                LostRequests = rate / 2,
                LostAnswers = rate,
                Duplicates = rate,
                SlowMessages = rate / 2,
                SlowAppends = rate / 4,
                UnknownAppends = rate / 8,
            },
        };
    }

    private static void Calm(World world)
    {
        world.Tell?.Invoke("from now on nothing fails");
        world.Weather.Calm();
        world.Store.IsAway = false;
        world.EndCutOff();
        if (!world.Members.Any())
            world.StartSilo();
        Housekeeping.After(world, 0);
    }

    private static void Run(World world, long until) => world.Loop.RunUntil(
        until, () => world.Watch.First is null && world.Loop.Done < EventsMax);

    private static string Heads(World world) => string.Join('\n', world.Watch.Ledgers.Select(
        ledger => $"{ledger.Key} {ledger.Value.State.Sequence} {ledger.Value.State.Head}"))
        + $"\n{world.Loop.Done.ToString(CultureInfo.InvariantCulture)}";

    private static LifeFigures FiguresOf(World world, Client client) => new(
        world.Watch.Ledgers.Values.Sum(ledger => ledger.State.Sequence),
        world.Watch.Ledgers.Values.Sum(ledger => ledger.State.NextLease - 1),
        world.Watch.Ledgers.Values.Sum(ledger => ledger.State.Decisions.Reclaimed),
        client.Commands.Count(command => command.Acknowledged is not null), world.Loop.Done);

    private static string Clock(long ticks) =>
        new TimeSpan(ticks).ToString(@"hh\:mm\:ss\.ffff", CultureInfo.InvariantCulture);
}

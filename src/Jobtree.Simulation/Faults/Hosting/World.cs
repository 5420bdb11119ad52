using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Checks;
using Jobtree.Simulation.Faults.Lives;
using Jobtree.Simulation.Faults.Storage;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// A fleet in one thread: silos with activations of the real actors, the network between them, and the store. What the
/// seed does not decide, nothing does.
/// </summary>
internal sealed class World
{
    private static readonly long ViewLagMax = TimeSpan.FromSeconds(3).Ticks;
    private static readonly long ClockOffsetMax = TimeSpan.FromMinutes(3).Ticks;
    private const ulong Places = 41;
    private const ulong Clocks = 42;
    private const ulong Views = 43;
    private const ulong Steady = 44;

    private readonly Dictionary<(ActorKey Actor, int Silo), Host> hosts = [];
    private readonly Dictionary<ActorKey, Host> places = [];
    private readonly List<Silo> silos = [];
    private readonly FollowWaker followers;
    private ulong activations;
    private long members;

    /// <summary>An empty fleet.</summary>
    /// <param name="options">What it is like.</param>
    /// <param name="watch">Looks at everything durable.</param>
    public World(WorldOptions options, FleetWatch watch)
    {
        (Options, Watch) = (options, watch);
        Chance = new Chance(options.Seed);
        Weather = options.Weather;
        Store = new SimulatedStore(Loop, Weather, Chance.For(1), options.IsDisk)
        {
            Broken = options.Broken,
            Durable = Hear,
        };
        Network = new Network(this);
        followers = new FollowWaker(this);
        Executor = new SimulatedExecutor(Loop);
        for (var i = 0; i < options.Silos; i++)
            StartSilo();
    }

    /// <summary>What it is like.</summary>
    public WorldOptions Options { get; }

    /// <summary>Looks at everything durable.</summary>
    public FleetWatch Watch { get; }

    /// <summary>What is due when.</summary>
    public EventLoop Loop { get; } = new(Epoch);

    /// <summary>The first instant of every life.</summary>
    public static DateTimeOffset Epoch { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The draws.</summary>
    public Chance Chance { get; }

    /// <summary>How often what fails.</summary>
    public Weather Weather { get; }

    /// <summary>The journals.</summary>
    public SimulatedStore Store { get; }

    /// <summary>Carries messages.</summary>
    public Network Network { get; }

    /// <summary>The listing. It is one for all silos, and never lags.</summary>
    public RunIndex Index { get; } = new();

    /// <summary>What carries out starts and stops.</summary>
    public SimulatedExecutor Executor { get; }

    /// <summary>The accidents that happened, for the story.</summary>
    public Action<string>? Tell { get; set; }

    /// <summary>The silos that are members.</summary>
    public IEnumerable<Silo> Members => silos.Where(silo => silo.IsMember);

    /// <summary>Starts a silo, with a clock of its own.</summary>
    public Silo StartSilo()
    {
        var number = (ulong)silos.Count + 1;
        var offset = Weather.SlowMessages > 0 && !Chance.Hits(0.5, Steady, number)
            ? Chance.Below(2 * ClockOffsetMax, Clocks, number) - ClockOffsetMax : 0;
        var silo = new Silo((int)number, Loop, offset, Chance.For(number));
        silo.Fleet = new SimulatedFleet(this, silo);
        silo.Operations = new FleetOperations(silo.Fleet, silo.Clock,
            Store.IsDisk ? async _ => await Store.WhenDurable() : null);
        silos.Add(silo);
        ChangeMembers();
        silo.Members = members;
        return silo;
    }

    /// <summary>Ends a silo's process.</summary>
    public void Crash(Silo silo)
    {
        silo.Die();
        foreach (var host in hosts.Values.Where(host => host.Silo == silo))
            host.Die();
        if (Store.IsDisk)
            Store.Crash();
        ChangeMembers();
    }

    /// <summary>The others take a silo for dead, though it goes on.</summary>
    public void CutOff(Silo silo)
    {
        silo.IsCutOff = true;
        ChangeMembers();
    }

    /// <summary>Ends the silos that the others take for dead.</summary>
    public void EndCutOff()
    {
        foreach (var silo in silos.Where(silo => silo is { IsCutOff: true, IsDead: false }).ToArray())
            Crash(silo);
    }

    /// <summary>Ends the present activation of an actor.</summary>
    public void Kill(ActorKey actor) => Place(actor)?.Die();

    /// <summary>The present activation of an actor; null if there is none.</summary>
    public Host? Place(ActorKey actor) => places.TryGetValue(actor, out var host) && !host.IsRetired ? host : null;

    /// <summary>Brings a call to its actor, activating it if need be.</summary>
    public void Route(Call call)
    {
        if (call.To.Kind != ActorKind.Run && Place(call.To) is { Silo.IsMember: true } present)
        {
            present.Take(call);
            return;
        }
        if (HomeOf(call.To, call.From) is not { } home)
            return;
        if (!hosts.TryGetValue((call.To, home.Number), out var host) || host.IsRetired)
            hosts[(call.To, home.Number)] = host = Activate(call.To, home);
        places[call.To] = host;
        host.Take(call);
    }

    /// <summary>
    /// Judges what an actor threw. That it cannot be reached or keep what it decides is foreseen, and so is what a
    /// superseded activation concludes from its old state: the store would refuse it. Anything else breaks a promise.
    /// </summary>
    /// <returns>What the caller is told.</returns>
    public Exception Judge(Host host, Exception failure)
    {
        if (failure is StateDivergedException { InnerException: { } cause })
            failure = cause;
        if (failure is IOException or TimeoutException)
            return failure;
        if (failure is InvariantBrokenException && host.IsSuperseded)
        {
            host.Retire();
            return new IOException($"{host.Actor} was superseded.");
        }
        Watch.Found(new Violation(0, $"{host.Actor.Kind} fails", $"{host.Actor}: {failure}"));
        return failure;
    }

    /// <summary>Notes an accident. False: this life goes without it.</summary>
    public bool Accident(string what, Call call)
    {
        var key = new Chance(Chance.KeyOf(call.To.ToString())).Number(Chance.KeyOf(what), call.Number);
        if (Options.Spared.Contains(key))
            return false;
        Options.Accidents?.Add(key);
        Tell?.Invoke($"the network {what} {call.Name} to {call.To}");
        return true;
    }

    private void Hear(ActorKey actor, byte[] record)
    {
        Watch.Durable(actor, record);
        var run = actor.Kind == ActorKind.Run ? Watch.Runs.GetValueOrDefault(RunKey.Parse(actor.Name)) : null;
        if (run is not null)
            followers.Put(run);
        if (Tell is null)
            return;
        if (RecordWords.Of(actor, record, run) is { } words)
            Tell(words);
    }

    /// <summary>Where a run lives, or where another actor is activated, as a silo knows the members.</summary>
    private Silo? HomeOf(ActorKey actor, Silo seenFrom)
    {
        var knowsAll = !seenFrom.IsCutOff && seenFrom.Members == members;
        var known = silos.Where(silo => !silo.IsDead && (silo.IsMember || !knowsAll));
        return new Chance(Options.Seed).Pick(known, Chance.KeyOf(actor.ToString()) + Places);
    }

    private Host Activate(ActorKey actor, Silo silo) => actor.Kind switch
    {
        ActorKind.Run => new RunHost(this, silo, actor, ++activations),
        ActorKind.Flavor => new FlavorHost(this, silo, actor, ++activations),
        ActorKind.Envelope => new EnvelopeHost(this, silo, actor, ++activations),
        _ => new DirectoryHost(this, silo, actor, ++activations),
    };

    private void ChangeMembers()
    {
        var version = ++members;
        foreach (var silo in silos)
        {
            var lag = Chance.Below(ViewLagMax, Views, (ulong)(version * 64) + (ulong)silo.Number);
            Loop.In(lag, () => silo.Members = Math.Max(silo.Members, version));
        }
    }
}

/// <summary>What a simulated fleet is like.</summary>
internal sealed record WorldOptions
{
    /// <summary>The seed of all that is drawn.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How many silos it starts with.</summary>
    public int Silos { get; init; } = 2;

    /// <summary>Whether its store is the log of a single silo.</summary>
    public bool IsDisk { get; init; }

    /// <summary>How often what fails.</summary>
    public required Weather Weather { get; init; }

    /// <summary>After how many records an actor saves a snapshot.</summary>
    public int SnapshotEvery { get; init; } = 16;

    /// <summary>The limits and times of every flavor.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>The rule that is broken on purpose.</summary>
    public BrokenRule Broken { get; init; }

    /// <summary>Accidents that do not happen in this life, by their keys.</summary>
    public IReadOnlySet<ulong> Spared { get; init; } = new HashSet<ulong>();

    /// <summary>Takes the keys of the accidents that happened.</summary>
    public List<ulong>? Accidents { get; init; }
}

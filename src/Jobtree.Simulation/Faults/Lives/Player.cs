using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Plays the steps of a life. Each picks what it is about from what is durable by then.</summary>
/// <param name="world">The fleet.</param>
/// <param name="life">The life.</param>
internal sealed class Player(World world, Life life)
{
    private const ulong Steps = 301;

    /// <summary>The fleet.</summary>
    public World World { get; } = world;

    /// <summary>The life.</summary>
    public Life Life { get; } = life;

    /// <summary>The client.</summary>
    public Client Client { get; } = new(world);

    /// <summary>The durable states of the flavors.</summary>
    public IEnumerable<FlavorState> States => World.Watch.Ledgers.Values.Select(ledger => ledger.State);

    /// <summary>The runs that run.</summary>
    public IEnumerable<RunKey> Running => States.SelectMany(state => state.Running.Keys);

    /// <summary>The runs that wait.</summary>
    public IEnumerable<RunKey> Waiting => States.SelectMany(state => state.Queue.Runs).Select(run => run.Demand.Run);

    /// <summary>The runs that ask for no admission yet: they follow others, or are held.</summary>
    public IEnumerable<RunKey> KeptBack =>
        World.Watch.Runs.Values.Where(run => run.Phase == RunPhase.Waiting).Select(run => run.Key);

    /// <summary>The runs that somebody holds.</summary>
    public IEnumerable<RunKey> Held =>
        World.Watch.Runs.Values.Where(run => run is { IsOver: false, Hold: not null }).Select(run => run.Key);

    /// <summary>The runs that have ended.</summary>
    public IEnumerable<RunKey> Ended => World.Watch.Runs.Values.Where(run => run.IsOver).Select(run => run.Key);

    /// <summary>The nodes.</summary>
    public IEnumerable<string> Nodes => States.SelectMany(state => state.Fleet.Nodes).Select(node => node.Name);

    /// <summary>The draws of a step.</summary>
    public Chance ChanceOf(Step step) => World.Chance.For(Steps).For((ulong)step.Number);

    /// <summary>Plans everything.</summary>
    public void Plan()
    {
        FleetActs.Furnish(this);
        foreach (var step in Life.Steps)
            World.Loop.At(step.At, () => step.Act.Do(this, step));
    }
}

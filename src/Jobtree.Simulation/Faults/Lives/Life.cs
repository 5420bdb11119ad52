using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Breaks;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>A short life of a small fleet: what it has, who does what when, and how often what fails.</summary>
internal sealed record Life
{
    /// <summary>The seed of all that is drawn.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Its nodes.</summary>
    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>Its budgets.</summary>
    public required IReadOnlyList<Budget> Budgets { get; init; }

    /// <summary>What happens, in order.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>How many silos it has.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>Whether its store is the log of a single silo.</summary>
    public bool IsDisk { get; init; }

    /// <summary>After how many records an actor saves a snapshot.</summary>
    public int SnapshotEvery { get; init; }

    /// <summary>How much fails, from 0 to 1.</summary>
    public double Roughness { get; init; }

    /// <summary>The rule that is broken on purpose.</summary>
    public BrokenRule Broken { get; init; }

    /// <summary>Accidents that do not happen, by their keys.</summary>
    public IReadOnlySet<ulong> Spared { get; init; } = new HashSet<ulong>();
}

/// <summary>Something that happens in a life: a command of a client, or a fault.</summary>
/// <param name="At">When, in ticks since the first instant.</param>
/// <param name="Act">What.</param>
/// <param name="Number">Its number, which draws its details.</param>
internal sealed record Step(long At, Act Act, int Number);

/// <summary>A kind of step.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Weight">How often it is drawn, relative to the others.</param>
/// <param name="Do">Does it.</param>
internal sealed record Act(string Name, int Weight, Action<Player, Step> Do);

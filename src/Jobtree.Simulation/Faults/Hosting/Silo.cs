using Jobtree.Actors.Operations;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>One process of the fleet: its clock, and where its callers' code runs.</summary>
/// <param name="number">Its number, from 1; a restarted silo is a new one.</param>
/// <param name="loop">What is due when.</param>
/// <param name="clockOffset">How far its clock is ahead of the fleet's time, in ticks.</param>
/// <param name="chance">The draws of this silo.</param>
internal sealed class Silo(int number, EventLoop loop, long clockOffset, Chance chance)
{
    /// <summary>Its number.</summary>
    public int Number { get; } = number;

    /// <summary>The clock of its decisions.</summary>
    public SiloClock Clock { get; } = new(loop, clockOffset);

    /// <summary>Where the operations that clients ask of it run.</summary>
    public TurnContext Gateway { get; } = new(loop, chance);

    /// <summary>The actors, as this silo reaches them.</summary>
    public SimulatedFleet Fleet { get; set; } = null!;

    /// <summary>The operations, as clients of this silo reach them.</summary>
    public FleetOperations Operations { get; set; } = null!;

    /// <summary>Whether its process is gone.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Whether the others believe that it is dead. It may not be, and then goes on for a while.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Whether calls may be sent to it.</summary>
    public bool IsMember => !IsDead && !IsCutOff;

    /// <summary>The version of the membership that it knows; others may know a newer one.</summary>
    public long Members { get; set; }

    /// <summary>Ends the process.</summary>
    public void Die()
    {
        IsDead = true;
        Gateway.Die();
    }

    /// <inheritdoc/>
    public override string ToString() => $"silo {Number}";
}

/// <summary>
/// The clock of a silo. As the silos' own clock does, it advances at the pace of real time, and follows a step of the
/// wall clock only when the silo starts again.
/// </summary>
/// <param name="loop">The fleet's time.</param>
/// <param name="offset">How far it is ahead, in ticks.</param>
internal sealed class SiloClock(EventLoop loop, long offset) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => loop.Time.AddTicks(offset);

    /// <inheritdoc/>
    public override long GetTimestamp() => loop.Now;
}

using System.Collections.Immutable;
using System.Numerics;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Subjects;

/// <summary>
/// Observes a flavor at equal steps of virtual time: idle GPUs, idle GPUs on partly used nodes, and use by funding
/// class.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="step">The time between two observations.</param>
internal sealed class FleetWatch(FlavorState state, TimeSpan step)
{
    private static readonly TimeSpan StepMin = TimeSpan.FromMinutes(10);
    private const int LooksMax = 5_000;

    private readonly ImmutableArray<FleetObservation>.Builder _looks = ImmutableArray.CreateBuilder<FleetObservation>();
    private TimeSpan _next;

    /// <summary>The observations so far.</summary>
    public ImmutableArray<FleetObservation> Looks => _looks.ToImmutable();

    /// <summary>Ten minutes, or more if a long trace would give more observations than a plot can show.</summary>
    /// <param name="window">The arrival window.</param>
    public static TimeSpan StepFor(TimeSpan window) => window / LooksMax > StepMin ? window / LooksMax : StepMin;

    /// <summary>
    /// Takes the observations that are due before the next event: the fleet does not change until then.
    /// </summary>
    /// <param name="instant">The instant.</param>
    public void LookUntil(TimeSpan instant)
    {
        if (_next >= instant)
            return;
        var (idle, stranded) = Idle();
        for (; _next < instant; _next += step)
            _looks.Add(new FleetObservation(_next, idle, stranded, state.Funding.InUse));
    }

    private (int Idle, int Stranded) Idle()
    {
        int idle = 0, stranded = 0;
        foreach (var node in state.Fleet.Nodes)
        {
            var used = BitOperations.PopCount(state.Fleet.UsedSlots(node.Name));
            idle += node.Gpus - used;
            stranded += used > 0 ? node.Gpus - used : 0;
        }
        return (idle, stranded);
    }
}

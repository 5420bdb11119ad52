using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Replay;

/// <summary>A scheduler that can run a trace in virtual time.</summary>
internal interface IReplayScheduler
{
    /// <summary>The name in tables and plots.</summary>
    string Name { get; }

    /// <summary>Runs every job of a trace until the last has ended.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="options">The fleet, the budgets and the known durations.</param>
    /// <param name="progress">Receives the completed share of the work, from 0 to 1, no more often than is worth
    /// showing.</param>
    ReplayOutcome Run(JobTrace trace, ReplayOptions options, IProgress<double> progress);
}

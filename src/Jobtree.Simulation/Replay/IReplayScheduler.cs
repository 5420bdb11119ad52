using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Replay;

/// <summary>A scheduler that a trace can be run through, in virtual time.</summary>
internal interface IReplayScheduler
{
    /// <summary>What tables and plots call it.</summary>
    string Name { get; }

    /// <summary>Runs every job of a trace until the last has ended.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="options">The fleet, the budgets and what is known of durations.</param>
    /// <param name="progress">Told the share of the work that is done, from 0 to 1, not more often than is worth
    /// showing.</param>
    ReplayOutcome Run(JobTrace trace, ReplayOptions options, IProgress<double> progress);
}

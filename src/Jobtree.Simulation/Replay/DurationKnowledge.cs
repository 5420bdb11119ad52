namespace Jobtree.Simulation.Replay;

/// <summary>What a scheduler is told of how long a job will run.</summary>
internal enum DurationKnowledge
{
    /// <summary>Runs state nothing; the scheduler learns from the runs that have ended.</summary>
    History,

    /// <summary>Runs state their exact duration.</summary>
    Exact,

    /// <summary>Runs state nothing and nothing is learnt: every run is taken for the default.</summary>
    None,
}

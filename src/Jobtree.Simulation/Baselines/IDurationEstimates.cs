namespace Jobtree.Simulation.Baselines;

/// <summary>
/// How long a job is expected to run, by what is known when one asks. Jobs are named by their index in the trace.
/// </summary>
internal interface IDurationEstimates
{
    /// <summary>The expected duration of a job, longer than zero.</summary>
    /// <param name="job">The job.</param>
    TimeSpan Of(int job);

    /// <summary>Takes note of a job that ended.</summary>
    /// <param name="job">The job.</param>
    void Completed(int job);
}

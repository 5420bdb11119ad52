namespace Jobtree.Simulation.Baselines;

/// <summary>The part that differs between baselines: which job starts next. A job is its index in the trace.</summary>
internal interface IQueuePolicy
{
    /// <summary>Adds an arriving job to the queue.</summary>
    /// <param name="job">The job.</param>
    /// <returns>False if the job is refused, because it could not start even on an idle fleet.</returns>
    bool Submit(int job);

    /// <summary>Returns the GPUs of a job that ended.</summary>
    /// <param name="job">The job.</param>
    void Finish(int job);

    /// <summary>
    /// Starts every job that can start now. Called once per instant, after all ends and arrivals of that instant.
    /// </summary>
    /// <param name="now">The instant, from the trace's start.</param>
    /// <param name="starts">Receives the jobs that start, in order.</param>
    void Schedule(TimeSpan now, List<int> starts);
}

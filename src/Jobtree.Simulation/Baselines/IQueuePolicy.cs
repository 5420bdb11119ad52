namespace Jobtree.Simulation.Baselines;

/// <summary>What differs between the baselines: which job starts next. A job is its index in the trace.</summary>
internal interface IQueuePolicy
{
    /// <summary>Takes a job that arrives into the queue.</summary>
    /// <param name="job">The job.</param>
    /// <returns>False when the job could not start even with nothing else running: it is refused.</returns>
    bool Submit(int job);

    /// <summary>Gives the GPUs of a job that ended back.</summary>
    /// <param name="job">The job.</param>
    void Finish(int job);

    /// <summary>Starts what can start now. Called once per instant, after all that ends and arrives at it.</summary>
    /// <param name="now">The instant, from the trace's start.</param>
    /// <param name="starts">Receives the jobs that start, in order.</param>
    void Schedule(TimeSpan now, List<int> starts);
}

namespace Jobtree.Simulation.Traces;

/// <summary>Where the columns that a replay needs stand in a file. Other columns are allowed and not read.</summary>
internal sealed record TraceColumns(int Id, int Cluster, int Gpus, int Submit, int Duration, int BestEffort, int Count)
{
    /// <summary>Finds the columns by their names in the header.</summary>
    /// <param name="header">The fields of the first line.</param>
    /// <param name="problem">What is wrong with the header, or null.</param>
    public static TraceColumns? Find(List<string> header, out string? problem)
    {
        string? wrong = null;
        int Index(string name)
        {
            var first = header.IndexOf(name);
            if (first < 0)
                wrong ??= $"the header has no column '{name}'; needed are job_id, user, num_gpu, submit_time, duration "
                    + "and best_effort";
            else if (header.LastIndexOf(name) != first)
                wrong ??= $"the header has the column '{name}' twice";
            return first;
        }

        var columns = new TraceColumns(
            Index("job_id"), Index("user"), Index("num_gpu"), Index("submit_time"), Index("duration"),
            Index("best_effort"), header.Count);
        problem = wrong;
        return wrong is null ? columns : null;
    }
}

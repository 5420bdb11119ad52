namespace Jobtree.Simulation.Traces;

/// <summary>The positions of the columns that a replay needs. Other columns are allowed and ignored.</summary>
internal sealed record TraceColumns(int Id, int Cluster, int Gpus, int Submit, int Duration, int BestEffort, int Count)
{
    /// <summary>Finds the columns by name in the header.</summary>
    /// <param name="header">The fields of the first line.</param>
    /// <param name="problem">The error in the header, or null.</param>
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

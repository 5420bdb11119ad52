namespace Jobtree.Simulation.Traces;

/// <summary>One GPU job of a trace.</summary>
/// <param name="Id">Its id, unique in the file.</param>
/// <param name="Cluster">The virtual cluster that submitted it.</param>
/// <param name="Gpus">How many GPUs it holds from start to end, at least 1.</param>
/// <param name="Submit">Its arrival, counted from the first arrival of the trace.</param>
/// <param name="Duration">How long it runs once it has its GPUs, greater than zero.</param>
/// <param name="BestEffort">Whether it has no deadline.</param>
internal sealed record TraceJob(
    string Id, string Cluster, int Gpus, TimeSpan Submit, TimeSpan Duration, bool BestEffort)
{
    /// <summary>The user in the virtual cluster; null if the trace knows virtual clusters only.</summary>
    public string? User { get; init; }

    /// <summary>The duration or the time limit that its user stated; null if none.</summary>
    public TimeSpan? Stated { get; init; }

    /// <summary>Whose job it is.</summary>
    public TraceOwner Owner => new(Cluster, User);

    /// <summary>GPUs multiplied by duration, in hours.</summary>
    public double GpuHours => Gpus * Duration.TotalHours;
}

/// <summary>
/// The owner of jobs: a user of a virtual cluster, or the cluster itself where the trace knows no users.
/// </summary>
/// <param name="Cluster">The virtual cluster.</param>
/// <param name="User">The user; null: the cluster itself.</param>
internal readonly record struct TraceOwner(string Cluster, string? User) : IComparable<TraceOwner>
{
    /// <inheritdoc/>
    public int CompareTo(TraceOwner other) => string.CompareOrdinal(Cluster, other.Cluster) is not 0 and var order
        ? order
        : string.CompareOrdinal(User, other.User);
}

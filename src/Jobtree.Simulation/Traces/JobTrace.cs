using System.Collections.Immutable;

namespace Jobtree.Simulation.Traces;

/// <summary>A trace in memory: its GPU jobs in order of arrival.</summary>
internal sealed class JobTrace
{
    /// <summary>
    /// Orders the jobs by arrival and sets time zero to the first arrival. Jobs that arrive together keep the order of
    /// the file.
    /// </summary>
    /// <param name="name">The name for reports.</param>
    /// <param name="jobs">The jobs, in any order.</param>
    /// <param name="cpuOnlyJobs">How many rows requested no GPU and were left out.</param>
    public JobTrace(string name, IEnumerable<TraceJob> jobs, int cpuOnlyJobs = 0)
    {
        Name = name;
        CpuOnlyJobs = cpuOnlyJobs;
        var ordered = jobs.OrderBy(job => job.Submit).ToList();
        var origin = ordered.Count == 0 ? TimeSpan.Zero : ordered[0].Submit;
        Jobs = [.. ordered.Select(job => origin == TimeSpan.Zero ? job : job with { Submit = job.Submit - origin })];
        Clusters = [.. Jobs.Select(job => job.Cluster).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ClusterOf = [.. Jobs.Select(job => ImmutableArray.BinarySearch(Clusters, job.Cluster, StringComparer.Ordinal))];
        GpuHours = Jobs.Sum(job => job.GpuHours);
    }

    /// <summary>The name for reports.</summary>
    public string Name { get; }

    /// <summary>The GPU jobs by arrival. A job is identified by its index here.</summary>
    public ImmutableArray<TraceJob> Jobs { get; }

    /// <summary>The virtual clusters, in ordinal order.</summary>
    public ImmutableArray<string> Clusters { get; }

    /// <summary>The index in <see cref="Clusters"/> of each job's virtual cluster.</summary>
    public ImmutableArray<int> ClusterOf { get; }

    /// <summary>How many rows requested no GPU and were left out.</summary>
    public int CpuOnlyJobs { get; }

    /// <summary>The total work in the trace.</summary>
    public double GpuHours { get; }

    /// <summary>The time from the first arrival to the last.</summary>
    public TimeSpan ArrivalWindow => Jobs.IsEmpty ? TimeSpan.Zero : Jobs[^1].Submit;

    /// <summary>The trace truncated after its first arrivals.</summary>
    /// <param name="count">How many jobs to keep.</param>
    public JobTrace First(int count) => count >= Jobs.Length ? this : new JobTrace(Name, Jobs.Take(count), CpuOnlyJobs);

    /// <summary>GPU-time of each virtual cluster, in hours, in the order of <see cref="Clusters"/>.</summary>
    public double[] GpuHoursByCluster()
    {
        var hours = new double[Clusters.Length];
        for (var job = 0; job < Jobs.Length; job++)
            hours[ClusterOf[job]] += Jobs[job].GpuHours;
        return hours;
    }
}

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
    /// <summary>GPUs multiplied by duration, in hours.</summary>
    public double GpuHours => Gpus * Duration.TotalHours;
}

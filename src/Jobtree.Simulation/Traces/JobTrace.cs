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
    /// <param name="origin">What the file says besides; null: nothing.</param>
    public JobTrace(string name, IEnumerable<TraceJob> jobs, TraceOrigin? origin = null)
    {
        Name = name;
        Origin = origin ?? new TraceOrigin();
        var ordered = jobs.OrderBy(job => job.Submit).ToList();
        var first = ordered.Count == 0 ? TimeSpan.Zero : ordered[0].Submit;
        Jobs = [.. ordered.Select(job => first == TimeSpan.Zero ? job : job with { Submit = job.Submit - first })];
        Clusters = [.. Jobs.Select(job => job.Cluster).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ClusterOf = [.. Jobs.Select(job => ImmutableArray.BinarySearch(Clusters, job.Cluster, StringComparer.Ordinal))];
        Owners = [.. Jobs.Select(job => job.Owner).Distinct().Order()];
        var places = Enumerable.Range(0, Owners.Length).ToDictionary(index => Owners[index]);
        OwnerOf = [.. Jobs.Select(job => places[job.Owner])];
        GpuHours = Jobs.Sum(job => job.GpuHours);
    }

    /// <summary>The name for reports.</summary>
    public string Name { get; }

    /// <summary>What the file says besides its jobs.</summary>
    public TraceOrigin Origin { get; }

    /// <summary>The GPU jobs by arrival. A job is identified by its index here.</summary>
    public ImmutableArray<TraceJob> Jobs { get; }

    /// <summary>The virtual clusters, in ordinal order.</summary>
    public ImmutableArray<string> Clusters { get; }

    /// <summary>The index in <see cref="Clusters"/> of each job's virtual cluster.</summary>
    public ImmutableArray<int> ClusterOf { get; }

    /// <summary>The owners of jobs, by virtual cluster and user.</summary>
    public ImmutableArray<TraceOwner> Owners { get; }

    /// <summary>The index in <see cref="Owners"/> of each job's owner.</summary>
    public ImmutableArray<int> OwnerOf { get; }

    /// <summary>How many rows requested no GPU and were left out.</summary>
    public int CpuOnlyJobs => Origin.LeftOut.GetValueOrDefault(LeftOutReason.CpuOnly);

    /// <summary>Whether any job states a duration.</summary>
    public bool StatesDurations => Jobs.Any(job => job.Stated is not null);

    /// <summary>The total work in the trace.</summary>
    public double GpuHours { get; }

    /// <summary>The time from the first arrival to the last.</summary>
    public TimeSpan ArrivalWindow => Jobs.IsEmpty ? TimeSpan.Zero : Jobs[^1].Submit;

    /// <summary>The trace truncated after its first arrivals.</summary>
    /// <param name="count">How many jobs to keep.</param>
    public JobTrace First(int count) => count >= Jobs.Length ? this : new JobTrace(Name, Jobs.Take(count), Origin);

    /// <summary>GPU-time of each virtual cluster, in hours, in the order of <see cref="Clusters"/>.</summary>
    public double[] GpuHoursByCluster()
    {
        var hours = new double[Clusters.Length];
        for (var job = 0; job < Jobs.Length; job++)
            hours[ClusterOf[job]] += Jobs[job].GpuHours;
        return hours;
    }
}

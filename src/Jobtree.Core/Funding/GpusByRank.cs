namespace Jobtree.Core.Funding;

/// <summary>Sums of GPUs by rank of relation. One book has few ranks.</summary>
internal sealed class GpusByRank
{
    private readonly List<(int Rank, int Gpus)> sums = [];

    /// <summary>The GPUs of all ranks.</summary>
    public int Total { get; private set; }

    /// <summary>The GPUs of one rank.</summary>
    public int Of(int rank)
    {
        foreach (var sum in sums)
        {
            if (sum.Rank == rank)
                return sum.Gpus;
        }
        return 0;
    }

    /// <summary>The GPUs of a rank and of the ranks before it.</summary>
    public int UpTo(int rank)
    {
        var gpus = 0;
        foreach (var sum in sums)
            gpus += sum.Rank <= rank ? sum.Gpus : 0;
        return gpus;
    }

    /// <summary>Adds GPUs to a rank. A negative number removes some.</summary>
    public void Add(int rank, int gpus)
    {
        Total += gpus;
        for (var i = 0; i < sums.Count; i++)
        {
            if (sums[i].Rank != rank)
                continue;
            sums[i] = (rank, sums[i].Gpus + gpus);
            return;
        }
        sums.Add((rank, gpus));
    }

    /// <summary>Removes all sums.</summary>
    public void Clear()
    {
        sums.Clear();
        Total = 0;
    }

    /// <summary>Copies the sums of another.</summary>
    public void CopyFrom(GpusByRank other)
    {
        sums.Clear();
        sums.AddRange(other.sums);
        Total = other.Total;
    }

    /// <summary>Adds the sums of another.</summary>
    public void AddAll(GpusByRank other)
    {
        foreach (var (rank, gpus) in other.sums)
            Add(rank, gpus);
    }
}

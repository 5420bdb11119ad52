namespace Jobtree.Core.Funding;

/// <summary>Sums of GPUs by the rank of a relation; there are few ranks in one book.</summary>
internal sealed class GpusByRank
{
    private readonly List<(int Rank, int Gpus)> sums = [];

    /// <summary>All GPUs.</summary>
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

    /// <summary>The GPUs of a rank and those before it.</summary>
    public int UpTo(int rank)
    {
        var gpus = 0;
        foreach (var sum in sums)
            gpus += sum.Rank <= rank ? sum.Gpus : 0;
        return gpus;
    }

    /// <summary>Adds GPUs to a rank, or takes some from it.</summary>
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

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        sums.Clear();
        Total = 0;
    }

    /// <summary>Becomes the same as another.</summary>
    public void CopyFrom(GpusByRank other)
    {
        sums.Clear();
        sums.AddRange(other.sums);
        Total = other.Total;
    }
}

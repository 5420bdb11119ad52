using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Counts GPUs by domain until they hold a demand's shape: any GPUs, all in one domain, or groups that each stay in
/// one.
/// </summary>
internal sealed class SliceShape(Demand demand, int domains)
{
    private readonly int[] gpusByDomain = new int[domains];
    private readonly int group = demand.OneDomain ? demand.Gpus : demand.GroupGpus > 0 ? demand.GroupGpus : 1;
    private int groups;

    /// <summary>Whether what was counted holds the demand.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>GPUs of one group; 1 for a demand without.</summary>
    public int Group => group;

    public int GpusOf(int domain) => gpusByDomain[domain];

    public void Add(int domain, int gpus)
    {
        groups -= gpusByDomain[domain] / group;
        gpusByDomain[domain] += gpus;
        groups += gpusByDomain[domain] / group;
        var (whole, rest) = (demand.Gpus / group, demand.Gpus % group);

        // A last, smaller group goes where a whole one would, or into what whole ones leave over.
        IsHeld = groups > whole || (groups == whole && (rest == 0 || HoldsRest(rest)));
    }

    private bool HoldsRest(int rest)
    {
        foreach (var here in gpusByDomain)
        {
            if (here % group >= rest)
                return true;
        }
        return false;
    }
}

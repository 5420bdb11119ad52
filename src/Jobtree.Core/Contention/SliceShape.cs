using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Counts GPUs by domain until they hold a demand's shape: GPUs anywhere, GPUs in one domain, or groups that each stay
/// in one domain.
/// </summary>
internal sealed class SliceShape(Demand demand, int domains)
{
    private readonly int[] gpusByDomain = new int[domains];
    private readonly int group = demand.OneDomain ? demand.Gpus : demand.GroupGpus > 0 ? demand.GroupGpus : 1;
    private int groups;

    /// <summary>Whether the GPUs counted so far hold the demand.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>GPUs of one group. 1 for a demand without groups.</summary>
    public int Group => group;

    public int GpusOf(int domain) => gpusByDomain[domain];

    public void Add(int domain, int gpus)
    {
        groups -= gpusByDomain[domain] / group;
        gpusByDomain[domain] += gpus;
        groups += gpusByDomain[domain] / group;
        var (whole, rest) = (demand.Gpus / group, demand.Gpus % group);

        // A last, smaller group takes the place of a whole one, or what the whole groups leave over.
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

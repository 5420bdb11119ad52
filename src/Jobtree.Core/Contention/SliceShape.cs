using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Counts GPUs by domain until they hold a demand's shape: GPUs anywhere, GPUs in one domain, or groups that each stay
/// in one domain with their spares.
/// </summary>
internal sealed class SliceShape
{
    private readonly int[] gpusByDomain;
    private readonly int whole;
    private int groups;

    public SliceShape(Demand demand, int domains)
    {
        gpusByDomain = new int[domains];
        Gpus = demand.GpusWithSpares();
        if (demand.OneDomain)
        {
            (Group, Rest, whole) = (Gpus, 0, 1);
        }
        else if (demand.GroupGpus > 0)
        {
            var rest = demand.Gpus % demand.GroupGpus;
            (Group, Rest) = (demand.GroupGpus + demand.SparesPerGroup, rest > 0 ? rest + demand.SparesPerGroup : 0);
            whole = demand.Gpus / demand.GroupGpus;
        }
        else
        {
            (Group, Rest, whole) = (1, 0, Gpus);
        }
    }

    /// <summary>GPUs of the demand, with its spares.</summary>
    public int Gpus { get; }

    /// <summary>GPUs of one group with its spares. 1 for a demand without groups.</summary>
    public int Group { get; }

    /// <summary>GPUs of the last, smaller group with its spares. 0 if there is none.</summary>
    public int Rest { get; }

    /// <summary>Whether the GPUs counted so far hold the demand.</summary>
    public bool IsHeld { get; private set; }

    public int GpusOf(int domain) => gpusByDomain[domain];

    public void Add(int domain, int gpus)
    {
        groups -= gpusByDomain[domain] / Group;
        gpusByDomain[domain] += gpus;
        groups += gpusByDomain[domain] / Group;

        // A last, smaller group takes the place of a whole one, or what the whole groups leave over.
        IsHeld = groups > whole || (groups == whole && (Rest == 0 || HoldsRest()));
    }

    private bool HoldsRest()
    {
        foreach (var here in gpusByDomain)
        {
            if (here % Group >= Rest)
                return true;
        }
        return false;
    }
}

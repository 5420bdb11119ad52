using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Counts GPUs until they hold a demand's shape: GPUs anywhere, GPUs in one domain, groups that each stay in one domain
/// with their spares, or groups that each stay in one unit of a required level, with their spares in its domain.
/// </summary>
internal sealed class SliceShape
{
    private readonly int[] gpusByDomain;
    private readonly UnitPlaces? units;
    private readonly bool oneDomain;
    private readonly int whole;
    private int groups;

    public SliceShape(Demand demand, int domains)
    {
        gpusByDomain = new int[domains];
        Gpus = demand.GpusWithSpares();
        if (demand.RequiredLevel() is { } level)
        {
            var group = demand.GpusOfGroup(0) - demand.SparesPerGroup;
            var rest = demand.Gpus % group;
            units = new UnitPlaces(domains, level, group, rest);
            (Group, Rest) = (group + demand.SparesPerGroup, rest > 0 ? rest + demand.SparesPerGroup : 0);
            (whole, oneDomain) = (demand.Gpus / group, demand.OneDomain);
        }
        else if (demand.OneDomain)
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

    public void Add(PlacedNode node, int gpus)
    {
        var domain = node.Domain.Ordinal;
        groups -= GroupsIn(domain);
        gpusByDomain[domain] += gpus;
        units?.Add(node, gpus);
        groups += GroupsIn(domain);

        // A last, smaller group takes the place of a whole one, or what the whole groups leave over.
        var held = oneDomain ? GroupsIn(domain) : groups;
        IsHeld |= held > whole
            || (held == whole && (Rest == 0 || (oneDomain ? HoldsRest(domain) : HoldsRest())));
    }

    private int GroupsIn(int domain) => units is null ? gpusByDomain[domain] / Group
        : Math.Min(units.In(domain), gpusByDomain[domain] / Group);

    private bool HoldsRest()
    {
        for (var domain = 0; domain < gpusByDomain.Length; domain++)
        {
            if (HoldsRest(domain))
                return true;
        }
        return false;
    }

    private bool HoldsRest(int domain)
    {
        var here = GroupsIn(domain);
        return gpusByDomain[domain] - here * Group >= Rest && (units is null || units.HoldRest(domain, here));
    }
}

/// <summary>How many groups the units of a level hold, each in one.</summary>
/// <param name="domains">The number of domains.</param>
/// <param name="level">The level.</param>
/// <param name="group">GPUs of a group, without spares.</param>
/// <param name="rest">GPUs of the last, smaller group. 0 if there is none.</param>
internal sealed class UnitPlaces(int domains, LocalityLevel level, int group, int rest)
{
    private readonly int[] groupsByDomain = new int[domains];
    private readonly Dictionary<TopologyKey, int>[] gpusByUnit = new Dictionary<TopologyKey, int>[domains];

    public int In(int domain) => groupsByDomain[domain];

    public void Add(PlacedNode node, int gpus)
    {
        var units = gpusByUnit[node.Domain.Ordinal] ??= [];
        var before = units.GetValueOrDefault(node.Spec.Unit(level));
        units[node.Spec.Unit(level)] = before + gpus;
        groupsByDomain[node.Domain.Ordinal] += ((before + gpus) / group) - (before / group);
    }

    /// <summary>Whether some unit of a domain holds the smaller group beside whole ones.</summary>
    public bool HoldRest(int domain, int groups) => groups < groupsByDomain[domain]
        || (gpusByUnit[domain]?.Values.Any(gpus => gpus % group >= rest) ?? rest == 0);
}

using System.Numerics;
using Jobtree.Core;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>Assigns a run's slots to the pods of its roles, in order: each pod takes the first slots of the first node
/// that has enough left.</summary>
internal static class PodAssignment
{
    private static readonly Dictionary<string, string> NoEnv = [];
    private static readonly Dictionary<string, SecretReference> NoSecrets = [];

    /// <param name="roles">The roles, in order.</param>
    /// <param name="slots">The slots by group, then node.</param>
    /// <param name="problem">Why a pod has no place; null: every pod has one.</param>
    /// <returns>A rank for each pod.</returns>
    public static IReadOnlyList<Rank> Of(IReadOnlyList<WorkloadRole> roles,
        IReadOnlyList<(int Group, NodeSlots Slots)> slots, out string? problem)
    {
        var left = slots.Select(here => here.Slots.Mask).ToArray();
        List<Rank> ranks = [];
        foreach (var role in roles)
        {
            for (var pod = 0; pod < role.Width; pod++)
            {
                var at = Array.FindIndex(left, mask => BitOperations.PopCount(mask) >= role.GpusPerPod);
                if (at < 0)
                {
                    problem = $"Pod {pod} of role {role.Name} needs {Counted.Of(role.GpusPerPod, "GPU")} of one node, "
                        + "and no node of the run has so many left. A node's GPUs in a run must be a multiple of "
                        + "gpusPerPod.";
                    return [];
                }
                var taken = Lowest(left[at], role.GpusPerPod);
                left[at] &= ~taken;
                ranks.Add(new Rank(ranks.Count, slots[at].Group, slots[at].Slots with { Mask = taken },
                    new RankWork(role.Command, role.Env ?? NoEnv, role.Secrets ?? NoSecrets, role, pod)));
            }
        }
        problem = null;
        return ranks;
    }

    private static ulong Lowest(ulong mask, int count)
    {
        var taken = 0UL;
        for (; count > 0; count--)
            taken |= (mask & ~taken) & (~(mask & ~taken) + 1);
        return taken;
    }
}

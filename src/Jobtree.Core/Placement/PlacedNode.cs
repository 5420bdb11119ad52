using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>A node in the fleet with the slots that are in use.</summary>
internal sealed class PlacedNode(Node spec, FabricDomain domain)
{
    public Node Spec { get; set; } = spec;

    public FabricDomain Domain { get; } = domain;

    /// <summary>Slots under an open active lease.</summary>
    public ulong Used { get; set; }

    /// <summary>Every slot that exists.</summary>
    public ulong All => Spec.Gpus == Node.GpusMax ? ulong.MaxValue : (1UL << Spec.Gpus) - 1;

    /// <summary>Slots that new work may take.</summary>
    public ulong Free => Spec.State == NodeState.Ready ? All & ~Used : 0;

    public int FreeCount => BitOperations.PopCount(Free);
}

namespace Jobtree.Core.Placement;

/// <summary>A part of a gang that must be placed as one: a placement group, or GPUs without a group.</summary>
/// <param name="Gpus">Its width.</param>
/// <param name="Whole">Whether it must stay in one fabric domain.</param>
/// <param name="Where">The nodes it may use.</param>
public readonly record struct PackPart(int Gpus, bool Whole, Eligibility Where);
